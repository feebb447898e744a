import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { Doubts } from './doubts.ts';
import { Membership } from './membership.ts';
import { isWithin, type Population } from './population.ts';

/**
 * A table of processes, one a line: `pid < ppid  in sid`, then words: `from TICK` (else its pid), `cgroup LINE`,
 * `comm NAME` (`first` is the first process of a container), `kernel`, `ended`, `is SESSION`, `claims SESSION` (nobody owns it), `lost SESSION` (another owns it).
 */
export function populate(table: string, asksGroups = false): { readonly population: Population } {
  const stats = new Map<number, ProcessStat>();
  const cgroups = new Map<number, string[]>();
  const roots = new Map<string, { owner: ProcessStat | null; claimants: ProcessStat[] }>();
  for (const line of table.split('\n').filter((it) => it.trim() !== '')) {
    const match = /^\s*(\d+) < (\d+) +in (\d+)(.*)$/.exec(line);
    if (!match) throw new Error(`what is ${line}?`);
    const [pid, ppid, sid] = match.slice(1, 4).map(Number) as [number, number, number];
    const word = (name: string) => new RegExp(`\\b${name} (\\S+)`).exec(match[4] ?? '')?.[1];
    const stat: ProcessStat = {
      pid,
      ppid,
      sid,
      pgid: sid,
      comm: word('comm') ?? 'program',
      state: /\bended\b/.test(line) ? 'Z' : 'S',
      ttyNr: 0,
      tpgid: -1,
      flags: /\bkernel\b/.test(line) ? 0x200000 : 0,
      threadCount: 1,
      startTimeTicks: BigInt(word('from') ?? pid),
    };
    stats.set(pid, stat);
    cgroups.set(pid, word('cgroup')?.split(',') ?? []);
    for (const role of ['is', 'claims', 'lost']) {
      const name = word(role);
      if (name === undefined) continue;
      const known = roots.get(name) ?? { owner: null, claimants: [] };
      known.claimants.push(stat);
      if (role === 'is') known.owner = stat;
      roots.set(name, known);
    }
  }
  const sessions = [...roots].map(([name, { owner, claimants }]) => {
    const told = { name: toText(name), pid: owner?.pid ?? null, startTimeTicks: owner?.startTimeTicks ?? null };
    // Membership asks nothing else of a session.
    return { ...told, claimants } as unknown as Session;
  });
  const parentOf = (stat: ProcessStat) => {
    const parent = stats.get(stat.ppid);
    return parent && parent.startTimeTicks <= stat.startTimeTicks ? parent : null;
  };
  const cgroupsOf = ({ pid }: ProcessStat) => cgroups.get(pid) ?? [];
  const inside = (group: string) =>
    [...stats.values()].filter((it) => isWithin(cgroupsOf(it), group)).map(({ pid }) => pid);
  const membersOf = (group: string) => (asksGroups ? new Set(inside(group)) : null);
  const isFirst = ({ comm }: ProcessStat) => comm === 'first';
  const isMeant = () => true;
  const population = { sessions, stats, parentOf, isMeant, isFirst, cgroupsOf, membersOf };
  return { population };
}

/**
 * What is told of each process, by its number: `ada by owner`, or `none, maybe ada`.
 * @param asksGroups whether a control group tells its members, or each process where it is
 */
export function toldBy(table: string, asksGroups: boolean): Record<number, string> {
  const { population } = populate(table, asksGroups);
  const membership = new Membership(population);
  const doubts = new Doubts(population, membership);
  const lines = [...population.stats.values()].map((stat) => {
    const tag = membership.of(stat);
    const maybe = doubts.of(stat).map((it) => it.name.text);
    const known = tag ? `${tag.session.name.text} by ${tag.by}` : 'none';
    return [stat.pid, maybe.length > 0 ? `${known}, maybe ${maybe.join(' ')}` : known] as const;
  });
  return Object.fromEntries(lines);
}
