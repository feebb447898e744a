// Hot path: the panes of 200 sessions on 5 servers, beside 5 bare `tmux list-panes -a`.
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { observe, parseHomes } from '../src/index.ts';
import { type RunClient, runClient } from '../src/panes/client.ts';
import { type Contender, compare, type Sample, type Samples } from './harness/measure.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const SERVERS = 5;
const PANES_EACH = 40;
const SESSIONS = SERVERS * PANES_EACH;
const ROUNDS = 15;

const WITHOUT = 'a look without panes';
const WITH = 'a look with panes';
const BARE = `${SERVERS} × tmux list-panes -a, at once`;
const IN_TURN = `${SERVERS} × tmux list-panes -a, in turn`;

const run = promisify(execFile);

/** Measures a look at sessions in panes; null where there is no tmux. */
export async function measurePanes(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  if (!hasTmux()) return null;
  const directory = fs.mkdtempSync(path.join(workshop.directory, 'panes-'));
  const sockets = Array.from({ length: SERVERS }, (_, index) => path.join(directory, `socket${index}`));
  try {
    for (const [index, socket] of sockets.entries()) openPanes(workshop, { directory, socket, index });
    const question = { homes: parseHomes([`${directory}/homes/*`]), commands: [COMMAND], proveAbsence: false };
    let clients = 0;
    const counted: RunClient = (server, asked) => {
      clients++;
      return runClient(server, asked);
    };
    const look = (panes: boolean | RunClient) => () =>
      timed(async () => {
        clients = 0;
        const { sessions } = await observe({ ...question, panes });
        if (panes !== false && clients !== SERVERS) throw new Error(`${clients} clients for ${SERVERS} servers`);
        return sessions.filter(({ pane }) => panes === false || pane?.kind === 'pane').length;
      });
    const bare = (socket: string) => run('tmux', ['-S', socket, 'list-panes', '-a']);
    const contenders: Contender[] = [
      { name: WITHOUT, run: look(false) },
      { name: WITH, run: look(counted) },
      { name: BARE, run: () => timed(async () => lines(await Promise.all(sockets.map(bare)))) },
      {
        name: IN_TURN,
        run: () =>
          timed(async () => {
            const answers: { readonly stdout: string }[] = [];
            for (const socket of sockets) answers.push(await bare(socket));
            return lines(answers);
          }),
      },
    ];
    return results(await compare(contenders, ROUNDS));
  } finally {
    for (const socket of sockets) if (fs.existsSync(socket)) execFileSync('tmux', ['-S', socket, 'kill-server']);
    fs.rmSync(directory, { recursive: true });
  }
}

function openPanes(
  { session }: Workshop,
  { directory, socket, index }: { readonly directory: string; readonly socket: string; readonly index: number },
): void {
  const homes = Array.from({ length: PANES_EACH }, (_, pane) => path.join(directory, 'homes', `s${index}-${pane}`));
  for (const home of homes) fs.mkdirSync(home, { recursive: true });
  const [first = '', ...rest] = homes;
  const more = rest.flatMap((home) => [';', 'new-window', '-d', '-c', home, session, '600']);
  const command = ['-S', socket, '-f', '/dev/null', 'new-session', '-d', '-c', first, session, '600', ...more];
  execFileSync('tmux', command, { env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' } });
}

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    console.log('tmux is not installed: panes are not measured');
    return false;
  }
}

async function timed(work: () => Promise<number>): Promise<Sample> {
  const startedMs = performance.now();
  const found = await work();
  if (found !== SESSIONS) throw new Error(`${found} found where ${SESSIONS} are`);
  return { ms: performance.now() - startedMs, peakBytes: 0, found };
}

function lines(answers: readonly { readonly stdout: string }[]): number {
  return answers.reduce((sum, { stdout }) => sum + stdout.trimEnd().split('\n').length, 0);
}

function results(samples: Samples): { table: Table; targets: Target[] } {
  const rows = [WITHOUT, WITH, BARE, IN_TURN].map((name) => [name, digits(medianMs(samples, name))]);
  const over = medianMs(samples, WITH) - medianMs(samples, WITHOUT);
  return {
    table: {
      title: `Panes: ${SESSIONS} sessions on ${SERVERS} tmux servers, within one process`,
      head: ['', 'ms'],
      rows: [...rows, ['what panes cost', digits(over)]],
      note: `Medians of ${ROUNDS} rounds. One client a server, counted in each round.`,
    },
    targets: [atMost('panes: over bare list-panes, in turn', 3, over / medianMs(samples, IN_TURN), 'times')],
  };
}
