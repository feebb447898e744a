-- $1 a host id. The last end of each of its names that is remembered: what later events do not undo, since the row of
-- a name that goes on does not say dead.
select distinct on (name) name, event, pid::text as pid
from plumbline.session_events
where host_id = $1 and event in ('died', 'rebooted', 'left', 'renamed', 'emptied', 'disowned')
order by name, id desc
