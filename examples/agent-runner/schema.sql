-- One row an agent: where it runs, when it was last heard of, and what it works on.
create table agents (
  name text primary key,
  pid integer,
  pane text,
  status text not null default 'dead' check (status in ('alive', 'dead')),
  task text,
  last_seen timestamptz not null default now()
);
