-- $1 the host id, $2 the host's row or null, $3 the rows to insert and update, $4 the events, $5 what is told of each
-- row, by its name.
-- A row is updated only in the version that was read (xmin): what somebody else has written since is not lost.
-- The events take the columns that the table has: before and after came with schema 2.
with
input as (
  select * from jsonb_to_recordset($3::jsonb) as row (
    name text, home text, home_dev numeric(20), home_ino numeric(20), boot_id uuid, pid integer,
    start_time_ticks numeric(20), exe_dev numeric(20), exe_ino numeric(20), terminal text, pane text, status text,
    cwd text, command text, started_at timestamptz, observed_at timestamptz, ended_at timestamptz, evidence jsonb,
    version text
  )
),
host as (
  insert into plumbline.hosts as h (host_id, boot_id, pid_namespace, time_namespace, machine_uuid, observed_at)
  select $1, boot_id, pid_namespace, time_namespace, machine_uuid, observed_at
  from jsonb_to_record($2::jsonb) as host (
    boot_id uuid, pid_namespace numeric(20), time_namespace numeric(20), machine_uuid uuid, observed_at timestamptz
  )
  where $2::jsonb is not null
  on conflict (host_id) do update set
    boot_id = excluded.boot_id, pid_namespace = excluded.pid_namespace,
    time_namespace = excluded.time_namespace,
    machine_uuid = coalesce(excluded.machine_uuid, h.machine_uuid), observed_at = excluded.observed_at
),
inserted as (
  insert into plumbline.sessions (
    host_id, name, home, home_dev, home_ino, boot_id, pid, start_time_ticks, exe_dev, exe_ino, terminal, pane, status,
    cwd, command, started_at, observed_at, ended_at, evidence
  )
  select $1, name, home, home_dev, home_ino, boot_id, pid, start_time_ticks, exe_dev, exe_ino, terminal, pane, status,
    cwd, command, started_at, observed_at, ended_at, evidence
  from input where version is null
  on conflict do nothing
  returning name
),
updated as (
  update plumbline.sessions as s set
    home = i.home, home_dev = i.home_dev, home_ino = i.home_ino, boot_id = i.boot_id, pid = i.pid,
    start_time_ticks = i.start_time_ticks, exe_dev = i.exe_dev, exe_ino = i.exe_ino, terminal = i.terminal, pane = i.pane, status = i.status, cwd = i.cwd, command = i.command,
    started_at = i.started_at, observed_at = i.observed_at, ended_at = i.ended_at, evidence = i.evidence
  from input i
  where s.host_id = $1 and s.name = i.name and s.xmin::text = i.version
  returning s.name
),
events as (
  insert into plumbline.session_events overriding user value
  select event.*
  from jsonb_array_elements($4::jsonb) with ordinality as input (value, number),
    jsonb_populate_record(null::plumbline.session_events, input.value) as event
  order by number
),
told as materialized (
  select pg_notify('plumbline', payload)
  from jsonb_to_recordset($5::jsonb) as message (name text, payload text)
  where name in (select name from inserted union all select name from updated)
)
select ((select count(*) from inserted) + (select count(*) from updated))::text as written,
  (select count(*) from told)::text as told,
  (
    exists (select from plumbline.migrations where version >= 2)
    and has_table_privilege('plumbline.session_events', 'select')
    and has_table_privilege('plumbline.session_events', 'delete')
  )::text as may_prune
