-- A schema before 3 does not remember who was watching: null then.
with connected as materialized (
  select distinct classid::bigint << 32 | objid::bigint as key
  from pg_locks
  where locktype = 'advisory' and granted and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
),
counted as (
  select host_id, count(*) filter (where status = 'alive') as alive, count(*) filter (where status = 'dead') as dead,
    count(*) filter (where status = 'ambiguous') as ambiguous
  from plumbline.sessions group by host_id
)
select jsonb_build_object(
  'host_id', h.host_id, 'boot_id', h.boot_id, 'observed_at', h.observed_at,
  'watching_since', to_jsonb(h) -> 'watching_since', 'is_connected', c.key is not null,
  'alive', coalesce(s.alive, 0), 'dead', coalesce(s.dead, 0), 'ambiguous', coalesce(s.ambiguous, 0)
)::text as host
from plumbline.hosts h
left join counted s using (host_id)
left join connected c on c.key = hashtextextended('plumbline:connected:' || h.host_id, 0::bigint)
order by h.host_id
