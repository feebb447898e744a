-- $1 the host id, $2 its boot, $3 its homes, $4 what is configured, $5 whether those are all of its homes. A row that says so already is not even locked.
-- Who may not read a directory does not see its generation: what somebody else has seen of the same one is kept.
with
input as (
  select i.name, i.path, i.dev, i.ino, i.level, i.born_at, i.boot_id, i.problem, coalesce(i.generation, case
      when (h.dev, h.ino, h.born_at, h.boot_id) = (i.dev, i.ino, i.born_at, i.boot_id) then h.generation
    end) as generation, h
  from (
    select *, timestamptz 'epoch' + born_us * interval '1 microsecond' as born_at, $2::uuid as boot_id
    from jsonb_to_recordset($3::jsonb) as home (
      name text, path text, dev numeric(20), ino numeric(20), level text, generation bigint, born_us bigint, problem text
    )
  ) i
  left join plumbline.homes h on h.host_id = $1 and h.name = i.name
),
rules as (
  select case when $4::jsonb -> 'commands' <> 'null' then array(select jsonb_array_elements_text($4::jsonb -> 'commands')) end
      as commands,
    array(select jsonb_array_elements_text($4::jsonb -> 'shells')) as shells, $4::jsonb ->> 'terminal' as terminal
),
removed as (
  delete from plumbline.homes h where $5::boolean and h.host_id = $1 and not exists (select from input i where i.name = h.name)
  returning 1
),
written as (
  insert into plumbline.homes as h (host_id, name, path, dev, ino, level, generation, born_at, boot_id, problem)
  select $1, name, path, dev, ino, level, generation, born_at, boot_id, problem
  from input
  where (path, dev, ino, level, generation, born_at, boot_id, problem) is distinct from
    ((h).path, (h).dev, (h).ino, (h).level, (h).generation, (h).born_at, (h).boot_id, (h).problem)
  on conflict (host_id, name) do update set
    path = excluded.path, dev = excluded.dev, ino = excluded.ino, level = excluded.level,
    generation = excluded.generation, born_at = excluded.born_at, boot_id = excluded.boot_id,
    problem = excluded.problem, stored_at = now()
  returning 1
),
ruled as (
  insert into plumbline.home_rules as r (host_id, commands, shells, terminal)
  select $1, commands, shells, terminal from rules
  where not exists (
    select from plumbline.home_rules h
    where h.host_id = $1 and (h.commands, h.shells, h.terminal) is not distinct from (rules.commands, rules.shells, rules.terminal)
  )
  on conflict (host_id) do update set
    commands = excluded.commands, shells = excluded.shells, terminal = excluded.terminal, stored_at = now()
  returning 1
)
select (select count(*) from written)::text as written, (select count(*) from ruled)::text as ruled,
  (select count(*) from removed)::text as removed
