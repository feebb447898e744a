import fc from 'fast-check';
import { ptsTtyNr } from '../../src/kernel/parse/tty-nr.ts';
import type { Home } from '../../src/model/home.ts';
import { PF, type ProcessFacts, type ProcessStat } from '../../src/model/process.ts';
import type { Scene } from './sql-election.ts';

const HOMES: readonly Home[] = ['ada', 'bob', 'cid'].map((name, place) => {
  return { name, path: `/srv/agents/${name}`, dev: 65024n, ino: BigInt(100 + place) };
});
/** A home within a home. */
const NESTED: Home = { name: 'ada.inner', path: '/srv/agents/ada/inner', dev: 65024n, ino: 200n };
const ROOT = [
  { dev: 65024n, ino: 11n },
  { dev: 65024n, ino: 2n },
];
/** Working directories: in homes, below them, in the nested one, and outside. */
const PLACES = [
  ...HOMES.map(({ dev, ino }) => [{ dev, ino }, ...ROOT]),
  [{ dev: 65024n, ino: 300n }, { dev: 65024n, ino: 100n }, ...ROOT],
  [{ dev: 65024n, ino: 200n }, { dev: 65024n, ino: 100n }, ...ROOT],
  ROOT,
];

interface Program {
  readonly comm: string;
  readonly exe: string;
  readonly argv: readonly string[];
}

const program = (comm: string, exe = comm, argv: readonly string[] = [comm]): Program => {
  return { comm, exe: `/usr/bin/${exe}`, argv };
};

const PROGRAMS: readonly Program[] = [
  program('claude'),
  program('claude'),
  program('codex'),
  program('bash', 'bash', ['-bash']),
  program('sh', 'dash', ['sh', '-c', 'claude']),
  program('vim'),
  program('tmux: client', 'tmux', ['tmux', 'attach']),
  program('MainThread', 'node', ['node', '--require', './x.js', '/usr/lib/claude', '--resume']),
  program('node', 'node', ['node', '/opt/codex.js']),
  program('node', 'node', ['node', '-e', 'claude']),
  program('npm exec claude', 'node', ['npm exec claude']),
  program('node', 'node', ['node', '/usr/lib/node_modules/npm/bin/npx-cli.js', 'claude']),
  program('python3.11', 'python3.11', ['python3.11', '-uW', 'ignore', '-m', 'aider']),
  program('python3', 'python3', ['python3', '-c', 'claude']),
  program('claude-code-lon', 'claude-code-longer', ['claude-code-longer']),
  program('worker', 'claude (deleted)', ['./claude']),
  program('sleep', 'sleep', ['/x/claude', '10']),
  program('sudo', 'sudo', ['sudo', 'claude']),
  program('caf\xc3\xa9', 'caf\xc3\xa9', ['caf\xc3\xa9']),
  program('b\xffd\\', 'b\xffd\\', ['b\xffd\\']),
];

const COMMANDS: readonly (readonly string[] | null)[] = [
  ['claude'],
  ['claude', 'codex', 'aider'],
  ['claude-code-longer', 'claude-code-longest', 'café'],
  ['*'],
  null,
];

const PIDS = [1, 90, 101, 102, 103, 104, 105, 106, 107, 108];

const process = (pid: number) =>
  fc.option(
    fc.record({
      program: fc.constantFrom(...PROGRAMS),
      ppid: fc.constantFrom(0, 1, 1, ...PIDS),
      pgid: fc.constantFrom(pid, pid, ...PIDS, 777),
      sid: fc.constantFrom(101, 101, 102, 103),
      tty: fc.constantFrom(0, ptsTtyNr(0), ptsTtyNr(0), ptsTtyNr(300), 1025),
      tpgid: fc.constantFrom(0, ...PIDS, pid),
      start: fc.integer({ min: 1, max: 12 }),
      place: fc.constantFrom(...PLACES),
      ending: fc.constantFrom('', '', '', '', '', 'zombie', 'dying'),
      forked: fc.integer({ min: 0, max: 5 }),
      threads: fc.constantFrom(1, 1, 1, 3),
    }),
    { freq: 6 },
  );

/** Any machine: small ones, in which everything happens to everybody. */
export const randomScene: fc.Arbitrary<Scene> = fc
  .record({
    processes: fc.tuple(...PIDS.map(process)),
    homes: fc.subarray([...HOMES, NESTED], { minLength: 1 }),
    commands: fc.constantFrom(...COMMANDS),
    terminalOptional: fc.boolean(),
    shells: fc.constantFrom([], ['vim', 'bash']),
  })
  .map(({ processes, ...rest }) => {
    const facts = new Map<number, ProcessFacts>();
    const stats = new Map<number, ProcessStat>();
    for (const [place, it] of processes.entries()) {
      const pid = PIDS[place];
      if (it === null || pid === undefined) continue;
      const { program: its, tty } = it;
      const threadCount = it.ending === 'zombie' ? 1 : it.threads;
      const stat: ProcessStat = {
        pid,
        comm: its.comm,
        state: it.ending === 'zombie' ? 'Z' : 'S',
        ppid: it.ppid === pid ? 1 : it.ppid,
        pgid: it.pgid,
        sid: it.sid,
        ttyNr: tty,
        tpgid: tty === 0 ? -1 : it.tpgid,
        flags: (it.forked === 0 ? PF.FORKNOEXEC : 0) | (it.ending === 'dying' ? PF.EXITING : 0),
        threadCount,
        startTimeTicks: BigInt(it.start * 1000 + (it.start % 3 === 0 ? 0 : pid)),
      };
      stats.set(pid, stat);
      facts.set(pid, factsOf(stat, its, it));
    }
    return { ...rest, stats, facts };
  });

function factsOf(
  stat: ProcessStat,
  { exe, argv }: Program,
  { place, ending }: { readonly place: (typeof PLACES)[number]; readonly ending: string },
): ProcessFacts {
  const { ttyNr } = stat;
  const isPts = ttyNr !== 1025;
  const index = ttyNr === 0 || !isPts ? null : ttyNr === ptsTtyNr(300) ? 300 : 0;
  const hasEnded = ending === 'zombie';
  return {
    stat,
    argv: { kind: 'value', value: hasEnded ? [] : argv },
    exe: hasEnded ? { kind: 'gone', errno: 'ENOENT' } : { kind: 'value', value: { path: exe, file: null } },
    cwd: hasEnded
      ? { kind: 'gone', errno: 'ENOENT' }
      : { kind: 'value', value: { path: '/x', chain: [...place], deleted: false, cut: false } },
    terminal: ttyNr === 0 ? null : { name: isPts ? `pts/${index}` : 'tty1', ttyNr, dev: 26n, index },
    terminalTimes: null,
    namespacePids: null,
    stdin: null,
    groupLeader: 'unknown',
  };
}
