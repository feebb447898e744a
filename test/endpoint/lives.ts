import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';
import { compile } from '../makers/c-program.ts';
import { processRow } from '../makers/process-table.ts';
import { openTerminal } from '../makers/terminal.ts';
import type { Pane, TmuxServer } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';
import type { Fact, FactLog } from './facts.ts';

/** Where lives are led, and who writes them down. */
export interface Place {
  readonly log: FactLog;
  /** The program by which sessions are known: a shell of a name of its own. */
  readonly program: string;
  readonly directory: string;
  /** Makes a home. */
  readonly home: (name: string) => string;
}

/** A session of a home in a terminal, killed; its window stays a while, and is closed then. */
export async function sessionLife({ log, program, home }: Place, name: string): Promise<void> {
  const facts = [log.begin('sessions'), log.begin('processes'), log.begin('terminals')] as const;
  const terminal = await openTerminal([program], { cwd: home(name) });
  const [session, running, shown] = facts;
  const start = startTicks(terminal.pid);
  holdSession(session, { name, pid: terminal.pid, terminal: terminal.name });
  running.holds(`${terminal.pid} ${start}`);
  shown.holds(`${terminal.name} ${terminal.pid}`);
  await pause();
  await killed(terminal.pid, facts);
  await terminal.hangUp();
}

/** A session that goes from one home to another and back. */
export async function movingLife({ log, program, home }: Place, names: readonly [string, string]): Promise<void> {
  const life = log.begin('processes');
  const shown = log.begin('terminals');
  let at = log.begin('sessions');
  const terminal = await openTerminal([program], { cwd: home(names[0]) });
  const start = startTicks(terminal.pid);
  const says = (name: string) => ({ name, pid: terminal.pid, terminal: terminal.name });
  life.holds(`${terminal.pid} ${start}`);
  shown.holds(`${terminal.name} ${terminal.pid}`);
  holdSession(at, says(names[0]));
  for (const name of [names[1], names[0], names[1]]) {
    await pause();
    const next = log.begin('sessions');
    at.ends();
    const directory = home(name);
    terminal.type(`cd ${directory}`);
    await waitFor('it to move', () => fs.readlinkSync(`/proc/${terminal.pid}/cwd`) === directory);
    at.isOver();
    at = holdSession(next, says(name));
  }
  await pause();
  await killed(terminal.pid, [life, shown, at]);
  await terminal.hangUp();
}

/** A session in a pane of tmux, which gets another address, is started anew, and is killed with its pane. */
export async function paneLife({ log, program, home }: Place, tmux: TmuxServer, name: string): Promise<void> {
  const begin = () => [log.begin('sessions'), log.begin('processes'), log.begin('terminals')] as const;
  let facts = begin();
  let shown = log.begin('panes');
  const pane = tmux.openPane(home(name), [program, '-i']);
  const address = () =>
    tmux.run('display-message', '-p', '-t', pane.id, '#{session_name}:#{window_index}.#{pane_index}');
  let pid = await programIn(pane);
  hold(facts, { name, pid, terminal: pane.terminal() });
  shown.holds(`${pane.id} ${address()}`);
  await pause();
  const renamed = log.begin('panes');
  shown.ends();
  tmux.run('rename-session', '-t', pane.id, `${name}-${pid}`);
  shown.isOver();
  shown = renamed.holds(`${pane.id} ${address()}`);
  await pause();
  const anew = begin();
  for (const fact of facts) fact.ends();
  pane.respawn();
  await waitFor('the old one to be gone', () => processRow(pid) === null);
  for (const fact of facts) fact.isOver();
  facts = anew;
  pid = await programIn(pane);
  hold(facts, { name, pid, terminal: pane.terminal() });
  await pause();
  for (const fact of [...facts, shown]) fact.ends();
  tmux.run('kill-pane', '-t', pane.id);
  shown.isOver();
  await waitFor('it to be gone', () => processRow(pid) === null);
  for (const fact of facts) fact.isOver();
}

/** A process without a home that holds a lock. */
export async function lockLife({ log, directory }: Place, number: number): Promise<void> {
  const file = `${directory}/lock-${number}`;
  const fact = log.begin('locks');
  const child = spawn(compile('locks'), [`open:${file}`, 'flock:0:ex', 'pause'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(readline.createInterface({ input: child.stdout }), 'line');
  const pid = child.pid ?? 0;
  fact.holds(`${file} ${pid}`);
  await pause();
  await killed(pid, [fact]);
}

const OURS = globalThis.process.pid;

/** A process that is connected to us: a port that listens, and one connection to it. */
export async function connectionLife({ log }: Place): Promise<void> {
  const listening = log.begin('connections');
  const server = net.createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
  listening.holds(`LISTEN ${port} ${OURS}`);
  const connected = log.begin('connections');
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const child = spawn('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}; echo; exec sleep 1000`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[socket]] = await Promise.all([accepted, once(child.stdout, 'data')]);
  socket.on('error', () => {});
  connected.holds(`ESTAB ${port} ${child.pid}`);
  await pause();
  await killed(child.pid ?? 0, [connected]);
  listening.ends();
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  listening.isOver();
}

async function killed(pid: number, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) fact.ends();
  globalThis.process.kill(pid, 'SIGKILL');
  await waitFor('it to be gone', () => processRow(pid) === null);
  for (const fact of facts) fact.isOver();
}

function hold([session, running, shown]: readonly [Fact, Fact, Fact], it: Told): void {
  const start = startTicks(it.pid);
  holdSession(session, it);
  running.holds(`${it.pid} ${start}`);
  shown.holds(`${it.terminal} ${it.pid}`);
}

interface Told {
  readonly name: string;
  readonly pid: number;
  readonly terminal: string;
}

/** The kernel takes the terminal from a process that ends, a moment before it is gone. */
function holdSession(fact: Fact, { name, pid, terminal }: Told): Fact {
  const says = `${name} ${pid} ${startTicks(pid)}`;
  return fact.holds(`${says} ${terminal}`, says);
}

/** Its pid, once tmux has started the program there. */
function programIn(pane: Pane): Promise<number> {
  return waitFor(`the program in ${pane.id}`, () => {
    const pid = pane.pid();
    const row = processRow(pid);
    return row?.hasExecuted && row.tpgid === row.pgid ? pid : null;
  });
}

/** Field 22 of stat. */
function startTicks(pid: number): string {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Long enough for several statements to be asked and answered, and of another length each time. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 300));
}
