import { endedSql, shareSql } from './reading-sql.ts';
import { LINE_KIND } from './text-form.ts';

/**
 * The rules of src/identity in their order, each on what the one before it left. A process of which it is not known whether it
 * is a session (`is_sure` is false) takes no part; whatever it could change is in `doubtful`.
 */
export function rulesSql(): string {
  return [membersSql(), launchersSql(), visitorsSql(), leftoversSql()].join(',\n');
}

function membersSql(): string {
  return `members as materialized (
  select s.*, p.launches, p.command, p.shown, p.is_session and s.trouble is null as is_sure
  from suspects s join programs p on p.pid = s.pid
  where s.home is not null and p.is_session is not false
)`;
}

/** Rule 1: src/identity/launchers.ts. */
function launchersSql(): string {
  return `climbs as materialized (
  select a.candidate, a.height, a.pid, a.tty_nr, a.sid, a.its_tty, a.its_sid, c.is_sure,
    bool_and(coalesce(a.shares or l.launches, false)) over w as reaches,
    bool_and(coalesce(a.shares or l.launches, true)) over w as may_reach
  from above a
  join members c on c.pid = a.candidate
  left join programs l on l.pid = a.pid
  window w as (partition by a.candidate order by a.height)
),
launchers as materialized (
  select m.pid, min(c.candidate) as started
  from climbs c join members m on m.pid = c.pid
  where m.is_sure and m.launches and c.is_sure and c.reaches group by m.pid
),
unsure as materialized (
  -- Of whom it is not known whether they are sessions, or only start some.
  select pid from members where is_sure is not true
  union
  select m.pid from climbs c join members m on m.pid = c.pid
  where m.launches is not false and c.may_reach and not exists (select from launchers l where l.pid = m.pid)
),
candidates as materialized (
  select m.* from members m
  where m.is_sure and not exists (select from launchers l where l.pid = m.pid)
)`;
}

/** Rule 2: src/identity/visitors.ts. */
function visitorsSql(): string {
  return `hosts as materialized (
  select c.candidate, c.pid as host, c.height from climbs c join members h on h.pid = c.pid
  where (c.its_tty = 0 or c.tty_nr = c.its_tty and c.sid = c.its_sid)
    and not exists (select from launchers l where l.pid = c.pid)
  union all
  select c.pid, h.pid, null from candidates c
  join members h on h.pid = c.pgid and h.pid <> c.pid and ${shareSql('c', 'h')}
  join tasks parent on parent.pid = c.ppid and c.ppid > 0 and parent.sid <> c.sid
  where not exists (select from launchers l where l.pid = h.pid)
),
visitors as materialized (
  select distinct on (h.candidate) h.candidate as pid, h.host
  from hosts h join candidates c on c.pid = h.candidate
  where not exists (select from unsure u where u.pid = h.host)
  order by h.candidate, h.height nulls last
),
doubtful as materialized (
  select pid from unsure
  union
  select h.candidate from hosts h join unsure u on u.pid = h.host
  where not exists (select from visitors v where v.pid = h.candidate)
),
residents as materialized (
  select c.* from candidates c where not exists (select from visitors v where v.pid = c.pid)
)`;
}

/** Rule 3: src/identity/leftovers.ts. A parent that cannot be seen may be the shell. */
function leftoversSql(): string {
  return `orphans as materialized (
  select c.pid,
    case when leader.pid is null then case when c.pgid > 1 then 'gone' end when ${endedSql('leader')} then 'gone' else 'present' end as leader
  from residents c
  left join tasks parent on parent.pid = c.ppid and c.ppid > 0
  left join tasks leader on leader.kind = ${LINE_KIND.task} and leader.pid = c.pgid and c.pgid > 0
  left join (
    select candidate, min(height) filter (where sid <> its_sid) as leaves, min(height) filter (where pid = its_sid) as meets
    from climbs group by candidate
  ) way on way.candidate = c.pid
  where c.tty_nr <> 0 and c.pid <> c.pgid and c.pid <> c.sid
    and case when parent.pid is null then c.ppid = 1 else way.leaves <= coalesce(way.meets, way.leaves) end
),
leftovers as materialized (
  select c.pid, o.leader
  from residents c join orphans o on o.pid = c.pid
  where o.leader = 'gone' and c.tpgid > 0 and c.tpgid <> c.pgid
    or o.leader = 'present' and exists (
      select from residents r where r.home = c.home and not exists (select from orphans p where p.pid = r.pid)
    )
),
claimants as materialized (
  select c.*, case when c.tty_nr = 0 then false when c.tpgid > 0 then c.tpgid = c.pgid end as is_front
  from (
    select r.*, bool_or(r.tty_nr <> 0) over (partition by r.home) as has_attached
    from residents r where not exists (select from leftovers l where l.pid = r.pid)
  ) c, rules
  where c.tty_nr <> 0 or not c.has_attached or rules.is_terminal_optional
)`;
}
