-- $1 the host id, $2 whether the evidence is wanted as well: it is most of a row, and planning needs none of it.
-- The first of the two parts is the host's own row, the second its sessions: one statement, so that both are of one
-- moment. A schema before 3 has no watching_since: null then. Plain columns, since a JSON of ten thousand rows takes the server longer than everything else together.
select
  case when part.is_host then (
    select to_jsonb(h) from (
      select host_id, boot_id, pid_namespace::text, time_namespace::text, machine_uuid, observed_at,
        to_jsonb(hosts) -> 'watching_since' as watching_since
      from plumbline.hosts where host_id = $1
    ) h
  ) end::text as host,
  s.name, s.home, s.home_dev, s.home_ino, s.boot_id, s.pid, s.start_time_ticks, s.exe_dev, s.exe_ino, s.terminal, s.pane,
  s.status, s.cwd, s.command, extract(epoch from s.started_at) as started_s,
  extract(epoch from s.observed_at) as observed_s, extract(epoch from s.ended_at) as ended_s,
  case when $2::boolean then s.evidence end as evidence, s.xmin as version
from (values (true), (false)) as part (is_host)
left join plumbline.sessions s on not part.is_host and s.host_id = $1
