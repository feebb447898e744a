-- A schema before 3 has no watching_since: null then.
select
  (select to_jsonb(h) from (
    select host_id, boot_id, pid_namespace::text, time_namespace::text, machine_uuid, observed_at,
      to_jsonb(hosts) -> 'watching_since' as watching_since
    from plumbline.hosts where host_id = $1
  ) h)::text as host,
  (select coalesce(jsonb_agg(to_jsonb(s) order by s.name), '[]') from (
    select name, home, home_dev::text, home_ino::text, boot_id, pid, start_time_ticks::text, exe_dev::text, exe_ino::text, terminal, pane, status,
      cwd, command, started_at, observed_at, ended_at, evidence, xmin::text as version
    from plumbline.sessions where host_id = $1
  ) s)::text as sessions
