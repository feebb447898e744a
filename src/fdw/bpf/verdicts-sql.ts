import type { Names } from '../names.ts';
import { bytesSql, textSql } from './sql-values.ts';

/** What is said of each home: rule 4 of src/identity (claimants.ts), and whatever may not be said. */
export function verdictsSql(names: Names): string {
  return [electionSql(), doubtsSql(names), bystandersSql(names), judgedSql(names)].join(',\n');
}

function electionSql(): string {
  return `elections as materialized (
  select home, count(*) as claimants, count(*) filter (where is_front) as in_front, bool_or(tty_nr <> 0) as has_attached,
    case
      when count(*) = 1 then min(pid)
      when count(*) filter (where is_front) = 1 and bool_and(is_front is not null) then min(pid) filter (where is_front)
    end as owner
  from claimants group by home
)`;
}

function doubtsSql(names: Names): string {
  return `doubted as materialized (
  select m.home, min(m.pid) as pid, min(m.trouble) as trouble
  from members m join doubtful d on d.pid = m.pid
  cross join rules
  left join elections e on e.home = m.home
  where m.tty_nr <> 0 or rules.is_terminal_optional or not coalesce(e.has_attached, false)
    or exists (select from residents r join orphans o on o.pid = r.pid where r.home = m.home)
  group by m.home
),
astray as materialized (
  -- Who may be a session, and of whom it is not known in which home.
  select min(s.pid) filter (where s.trouble = 'changing' and s.tty_nr <> 0) as changing,
    min(s.pid) filter (where s.trouble <> 'changing' or s.tty_nr = 0) as elsewhere,
    -- What is being torn down thread by thread has no directory for a moment, either.
    coalesce(bool_or(s.trouble in ('changing', 'nowhere')), false) as is_restless
  from suspects s join programs p on p.pid = s.pid
  where s.trouble is not null and s.role is null and p.is_session is not false
    and (p.is_session or s.tty_nr <> 0 or s.trouble <> 'changing' or p.is_interpreter)
),
settled as materialized (
  -- Who has ended, or has started another program, between the two files that are read: another look tells.
  select ${names.within('settle')}(attempt, a.is_restless or exists (
    select from doubted d join asked s on s.pid = d.pid and s.needs join suspects t on t.pid = d.pid and t.tty_nr <> 0
    where exists (select from command_lines) and not exists (
      select from command_lines l where l.pid = s.pid and l.start_ns = s.start_ns and l.exe is not distinct from s.exe
    )
  )) as is_settled
  from astray a
),
proven as materialized (
  -- A directory that has a name keeps those above it.
  select home, bool_or(cwd_links > 0) as is_there, count(*) as processes
  from suspects where home is not null group by home
)`;
}

/** Who else is in a home: the roles of src/identity/homes.ts, the most telling first. */
function bystandersSql(names: Names): string {
  return `bystanders as materialized (
  select home, pid, shown, place, reason, row_number() over (partition by home order by place, pid) as number,
    count(*) over (partition by home) as others
  from (
    select s.home, s.pid, coalesce(p.script, ${bytesSql('s.comm')}) as shown,
      case
        when l.pid is not null then 1 when v.pid is not null then 2 when s.role = 'dying' then 5 when s.role = 'zombie' then 6
        when s.role = 'forked' then 7 when a.pid is not null then 8 when p.is_session is false then 9 else 3
      end as place,
      case
        when l.leader = 'gone' then format('the leader of its process group, %s, has ended, and it is in the background', s.pgid)
        when l.pid is not null then format('its parent has ended; %s leads its process group, and no line of parents leads to it', s.pgid)
        when v.pid is not null then format('it belongs to %s, which is a candidate for a home', v.host)
        when s.role = 'dying' then 'the kernel is tearing it down'
        when s.role = 'zombie' then 'it has ended and waits to be reaped'
        when s.role = 'forked' then 'it is a fork that has not started a program of its own'
        when a.pid is not null then format('started %s, which is a candidate itself', a.started)
        when p.is_session is false then format('it runs %s, which is %s', ${textSql(names, 'p.shown')}, case when w.takes_any then 'a shell, a launcher or a multiplexer' else 'none of the commands' end)
        when w.takes_all then 'it has no controlling terminal, and no commands are configured'
        else 'it has no controlling terminal'
      end as reason
    from suspects s cross join wishes w
    left join programs p on p.pid = s.pid
    left join launchers a on a.pid = s.pid
    left join visitors v on v.pid = s.pid
    left join leftovers l on l.pid = s.pid
    where s.home is not null and not exists (select from claimants c where c.pid = s.pid)
  ) it
)`;
}

function judgedSql(names: Names): string {
  return `judged as materialized (
  select h.name, h.path, e.claimants, e.owner,
    case
      when h.problem is not null or r.home is not null or a.changing is not null or d.home is not null then 'unknown'
      when e.home is not null and not coalesce(p.is_there, false) then 'unknown'
      when e.owner is not null then 'alive'
      when e.home is not null then 'ambiguous'
      when a.elsewhere is not null then 'unknown'
      else 'none'
    end as verdict,
    case
      when h.problem is not null then h.problem
      when r.home is not null then 'another directory has its number: it was made anew since it was stored (plumb homes --store)'
      when a.changing is not null then format('%s, which may be a session, changed while it was read', a.changing)
      when d.trouble is not null then format('something is mounted on a directory above that of %s, which may be a session', d.pid)
      when d.home is not null then format('whether %s is a session is not known: its command line decides, and was not seen', d.pid)
      when e.home is not null and not coalesce(p.is_there, false) then 'the directory was deleted'
      when e.claimants = 1 then 'it is the only claimant'
      when e.owner is not null then format('of %s claimants only it is in its terminal''s foreground', e.claimants)
      when e.home is not null then format('%s processes claim it, %s of them in the foreground', e.claimants, e.in_front)
      when a.elsewhere is not null then format('no session was seen, but %s may be one, and where it is was not seen', a.elsewhere)
      when b.pid is null then 'no process is in it'
      else format('no session; there is %s (%s): %s', b.pid, ${textSql(names, 'b.shown')}, b.reason)
        || case when b.others > 1 then format(', and %s more', b.others - 1) else '' end
    end as reason
  from homes h
  cross join astray a
  left join remade r on r.home = h.name
  left join doubted d on d.home = h.name
  left join elections e on e.home = h.name
  left join proven p on p.home = h.name
  left join bystanders b on b.home = h.name and b.number = 1
)`;
}
