-- An older plumb goes on: what it watches is never remembered, and reads as a snapshot when it is gone.
alter table plumbline.hosts add column watching_since timestamptz;
comment on column plumbline.hosts.watching_since is 'since when a watch keeps the rows, or kept them until it ended otherwise than asked; null for a host whose rows are those of single syncs';

create view plumbline.live_sessions as
with connected as materialized (
  -- A lock of one 64-bit key is shown in halves.
  select distinct classid::bigint << 32 | objid::bigint as key
  from pg_locks
  where locktype = 'advisory' and granted and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
),
hosts as (
  select h.host_id,
    case when c.key is not null then 'connected' when h.watching_since is not null then 'gone' else 'snapshot' end
      as freshness
  from plumbline.hosts h
  left join connected c on c.key = hashtextextended('plumbline:connected:' || h.host_id, 0::bigint)
)
select s.host_id, s.name, case when h.freshness = 'gone' then 'unknown' else s.status end as status, h.freshness,
  s.observed_at, s.home, s.boot_id, s.pid, s.start_time_ticks, s.terminal, s.pane, s.cwd, s.command, s.started_at,
  s.ended_at, s.status as stored_status, s.evidence
from plumbline.sessions s
join hosts h using (host_id);
comment on view plumbline.live_sessions is 'the sessions of all hosts, and how far each row can be relied on now';
comment on column plumbline.live_sessions.status is 'what the row says, or unknown where nobody keeps it right any more: alive, dead, ambiguous, unknown';
comment on column plumbline.live_sessions.freshness is 'connected: a watch keeps it right; gone: one did, and is there no more; snapshot: it is what a sync saw at observed_at';
comment on column plumbline.live_sessions.observed_at is 'the look that last changed the row, not the last look';
comment on column plumbline.live_sessions.stored_status is 'what the row said last, also where its status is unknown';
