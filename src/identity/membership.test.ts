import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { Doubts } from './doubts.ts';
import { Membership } from './membership.ts';
import type { Population } from './population.ts';

/**
 * A table of processes, one a line: `pid < ppid  in sid`, then words: `from TICK` (else its pid), `cgroup LINE`,
 * `comm NAME`, `kernel`, `ended`, `is SESSION`, `claims SESSION` (nobody owns it), `lost SESSION` (another owns it).
 */
function populate(table: string): { readonly population: Population; readonly names: ReadonlyMap<Session, string> } {
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
  const population = { sessions, stats, parentOf, cgroupsOf: ({ pid }: ProcessStat) => cgroups.get(pid) ?? [] };
  return { population, names: new Map(sessions.map((it) => [it, it.name.text])) };
}

/** `pid: session by why`, or `pid: none, maybe SESSION` of each process that is asked for. */
function toldOf(table: string): Record<number, string> {
  const { population } = populate(table);
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

describe('Membership', () => {
  it('counts all below the owner, however deep and on whatever terminal', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 20  in 10
      31 < 30  in 31
      32 < 31  in 31
      40 < 10  in 10
    `);
    expect(told).toMatchObject({ 10: 'none', 20: 'ada by owner', 30: 'ada by ancestry', 31: 'ada by ancestry' });
    expect(told).toMatchObject({ 32: 'ada by ancestry', 40: 'none' });
  });

  it('counts to the nearest of sessions that were started below each other', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20  is ada
      30 < 20  in 30
      40 < 30  in 30  is bob
      41 < 40  in 30
      42 < 40  in 42
      31 < 30  in 30
    `);
    expect(told).toMatchObject({ 30: 'ada by ancestry', 31: 'ada by ancestry', 40: 'bob by owner' });
    expect(told).toMatchObject({ 41: 'bob by ancestry', 42: 'bob by ancestry' });
  });

  it('finds orphans by the kernel session that was made below the owner', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 20  in 30
      31 < 1  in 30
      33 < 31  in 33
      50 < 20  in 49
      51 < 1  in 49
    `);
    expect(told).toMatchObject({ 31: 'ada by session_id', 33: 'ada by session_id', 51: 'ada by session_id' });
  });

  it('knows the orphans of an owner that has made its kernel session itself', () => {
    expect(toldOf('1 < 0  in 1\n20 < 1  in 20  is ada\n30 < 1  in 20')).toMatchObject({ 30: 'ada by session_id' });
  });

  it("leaves the orphans of a terminal's shell alone: they may be the shell's own", () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      15 < 1  in 10
      30 < 1  in 10
      31 < 30  in 31
    `);
    expect(told).toMatchObject({ 15: 'none', 30: 'none, maybe ada', 31: 'none, maybe ada' });
  });

  it('leaves orphans alone where two sessions share a kernel session', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 10  in 10  is bob
      25 < 1  in 10
      40 < 1  in 10
    `);
    expect(told).toMatchObject({ 25: 'none, maybe ada', 40: 'none, maybe ada bob' });
  });

  it('counts an orphan to the outer session where it may be the inner one’s: that is certain', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20  is ada
      30 < 20  in 30
      40 < 30  in 30  is bob
      35 < 1  in 30
      50 < 1  in 30
    `);
    expect(told).toMatchObject({ 35: 'ada by session_id', 50: 'ada by session_id, maybe bob' });
  });

  it('counts an orphan that an outer session has taken in to the inner one that it is from', () => {
    // ada is a subreaper, or the first process of a container.
    const told = toldOf(`
      20 < 0  in 20  is ada
      30 < 20  in 30  is bob
      40 < 30  in 40
      41 < 20  in 40
      42 < 20  in 30
    `);
    expect(told).toMatchObject({ 41: 'bob by session_id', 42: 'bob by session_id' });
  });

  it('believes the kernel session before a parent that has taken in another’s orphan', () => {
    // 20 is the first process of a container, and bob was started from outside (docker exec).
    const told = toldOf(`
      20 < 0  in 20  is ada
      30 < 0  in 30  is bob
      41 < 20  in 30
    `);
    expect(told).toMatchObject({ 41: 'bob by session_id' });
  });

  it('is not led to a younger process that has the number of a parent that ended', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20 from 500  is ada
      30 < 20  in 30 from 100
    `);
    expect(told).toMatchObject({ 30: 'none' });
  });

  it('counts who claims a home that nobody owns, and not who has lost the election for one', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 20  claims ada
      30 < 10  in 30  claims ada
      31 < 30  in 30
      40 < 10  in 40  is bob
      50 < 10  in 50  lost bob
      51 < 50  in 50
    `);
    expect(told).toMatchObject({ 20: 'ada by owner', 31: 'ada by ancestry', 40: 'bob by owner' });
    expect(told).toMatchObject({ 50: 'none', 51: 'none' });
  });

  it('takes nothing from kernel threads, from a kernel session without a number, or from one parent outside', () => {
    const told = toldOf(`
      2 < 0  in 0 kernel
      3 < 2  in 0 kernel
      20 < 0  in 0  is ada
      30 < 0  in 0
      31 < 20  in 0
    `);
    expect(told).toMatchObject({ 2: 'none', 3: 'none', 30: 'none', 31: 'ada by ancestry' });
  });

  it('ends in a circle of reused numbers, and in a line that is longer than calls may be nested', () => {
    expect(toldOf('5 < 6  in 1 from 9\n6 < 5  in 1 from 9\n7 < 6  in 1 from 9')).toMatchObject({ 7: 'none' });
    const line = Array.from({ length: 30_000 }, (_, index) => `${index + 2} < ${index + 1}  in 1`);
    const { population } = populate(['1 < 0  in 1 is ada', ...line].join('\n'));
    expect(new Membership(population).of(population.stats.get(30_001) as ProcessStat)?.session.name.text).toBe('ada');
  });

  it('says the same in whatever order it is asked', () => {
    const made = fc.record({ parent: fc.nat(11), sid: fc.nat(12), role: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(made, { maxLength: 12 }), fc.boolean(), (rows, backwards) => {
        const table = rows.map(({ parent, sid, role }, index) => {
          const pid = index + 1;
          return `${pid} < ${Math.min(parent, index)}  in ${Math.min(sid, pid)} ${role === 0 ? `is s${pid}` : ''}`;
        });
        const { population } = populate(table.join('\n'));
        const inOrder = new Membership(population);
        const other = new Membership(population);
        const all = [...population.stats.values()];
        for (const stat of backwards ? [...all].reverse() : all) other.of(stat);
        for (const stat of all) expect(other.of(stat)).toEqual(inOrder.of(stat));
      }),
    );
  });
});

describe('Membership by control group', () => {
  it('finds what has left its kernel session in a group that the session has for itself', () => {
    const told = toldOf(`
      1 < 0  in 1
      5 < 1  in 5  comm systemd
      10 < 5  in 10
      20 < 10  in 20  cgroup :/scope  is ada
      30 < 5  in 30  cgroup :/scope
      31 < 30  in 31  cgroup :/scope/inner
      40 < 5  in 40  cgroup :/scope-of-another
    `);
    expect(told).toMatchObject({ 30: 'ada by cgroup', 31: 'ada by cgroup', 40: 'none' });
  });

  it('takes the orphans that the init of a container has taken in', () => {
    const told = toldOf(`
      1 < 0  in 1
      9 < 1  in 9  comm containerd-shim
      10 < 9  in 10  cgroup :/docker/a  comm tini
      20 < 10  in 10  cgroup :/docker/a  is ada
      30 < 10  in 30  cgroup :/docker/a
    `);
    expect(told).toMatchObject({ 10: 'none', 30: 'ada by cgroup' });
  });

  it.each([
    ['a shell has started the session in it', '10 < 9  in 10  cgroup :/a  comm bash', '30 < 1  in 30  cgroup :/a'],
    ['something was put into it from outside', '10 < 9  in 10  cgroup :/a  comm tini', '25 < 9  in 25  cgroup :/a'],
    ['something older is in it', '10 < 9  in 10  cgroup :/a  comm tini', '15 < 10  in 15  cgroup :/a'],
    ['another session is in it', '10 < 9  in 10  cgroup :/a  comm tini', '25 < 10  in 25  cgroup :/a is bob'],
    ['it is of another hierarchy', '10 < 9  in 10  cgroup :/a,memory:/b', '25 < 1  in 25  cgroup memory:/a'],
  ])('does not where %s', (_what, starter, other) => {
    const told = toldOf(`
      1 < 0  in 1
      9 < 1  in 9
      ${starter}
      20 < 10  in 20  cgroup :/a is ada
      ${other}
      40 < ${other.includes('bash') ? 1 : 10}  in 39  cgroup :/a
    `);
    expect(told[40]).toMatch(/^(?:none|bob)/);
  });
});
