create schema if not exists plumbline;

create table plumbline.migrations (
  version integer primary key,
  name text not null,
  breaking boolean not null,
  applied_at timestamptz not null default now()
);
comment on table plumbline.migrations is 'what has been done to this schema; a breaking one is refused by an older plumb';

create table plumbline.hosts (
  host_id text primary key,
  boot_id uuid not null,
  pid_namespace numeric(20),
  time_namespace numeric(20),
  machine_uuid uuid,
  observed_at timestamptz not null
);
comment on table plumbline.hosts is 'the machines whose sessions are here, and where their pids and start times were counted';

create table plumbline.sessions (
  host_id text not null,
  name text not null,
  home text,
  home_dev numeric(20),
  home_ino numeric(20),
  boot_id uuid,
  pid integer,
  start_time_ticks numeric(20),
  exe_dev numeric(20),
  exe_ino numeric(20),
  terminal text,
  pane text,
  status text not null check (status in ('alive', 'dead', 'ambiguous')),
  cwd text,
  command text,
  started_at timestamptz,
  observed_at timestamptz not null,
  ended_at timestamptz,
  evidence jsonb not null default '[]',
  primary key (host_id, name),
  check ((status = 'dead') = (ended_at is not null)),
  check (status <> 'alive' or (boot_id is not null and pid is not null and start_time_ticks is not null))
);
comment on table plumbline.sessions is 'one row a session: what the kernel said when it last changed';
comment on column plumbline.sessions.home is 'the home that the process is in; null while it is outside of it';
comment on column plumbline.sessions.home_ino is 'with home_dev the directory that the row was written for, whatever its name is now';
comment on column plumbline.sessions.pid is 'with boot_id and start_time_ticks the incarnation; null where several processes claim the home';
comment on column plumbline.sessions.start_time_ticks is 'clock ticks since boot, field 22 of /proc/<pid>/stat';
comment on column plumbline.sessions.terminal is 'the controlling terminal, pts/3; null while it has none';
comment on column plumbline.sessions.cwd is 'the working directory when the row last changed';
comment on column plumbline.sessions.observed_at is 'the look that last changed the row, not the last look';
comment on column plumbline.sessions.evidence is 'the facts behind the status: fact, source, value, and the command that checks it';

create table plumbline.session_events (
  id bigint generated always as identity,
  host_id text not null,
  name text not null,
  at timestamptz not null,
  event text not null,
  boot_id uuid,
  pid integer,
  start_time_ticks numeric(20),
  evidence jsonb not null default '[]',
  -- One index for everything that is asked by name: each further one is a page of WAL for nearly every event.
  primary key (host_id, name, id)
);
comment on table plumbline.session_events is 'what happened to sessions, as looks have seen it';
