-- $1 a host id, $2 a name, $3 the oldest time; each may be null, for all.
-- The order is that of writing: a clock that was set back changes nothing. A schema 1 has no before and after, and so
-- neither has what it gives.
select (to_jsonb(e) || jsonb_build_object('start_time_ticks', e.start_time_ticks::text))::text as event
from plumbline.session_events e
where ($1::text is null or e.host_id = $1)
  and ($2::text is null or e.name = $2)
  and ($3::timestamptz is null or e.at >= $3)
order by e.id
