import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../test/makers/wait-for.ts';
import { clockMs } from '../../test/storm/clock.ts';
import type { Mishap } from '../model.ts';
import { makeSmallCgroup, type RunCgroups } from './cgroups.ts';
import type { Inhabitant, Inhabitants } from './inhabitants.ts';
import { commOf } from './processes.ts';
import { takeNumber } from './take-number.ts';
import type { BetServer } from './tmux-server.ts';
import type { AgentLink, TruthServer } from './truth-server.ts';

/** What mishaps are made with. */
export interface Workshop {
  readonly inhabitants: Inhabitants;
  readonly agents: TruthServer;
  readonly server: (socket: string) => BetServer;
  readonly cgroups: RunCgroups;
  readonly homes: string;
  /** Who lives on when its terminal hangs up. */
  readonly ignoring: ReadonlySet<string>;
  /** Where homes are mounted in containers. */
  readonly elsewhere: string;
  /** The agents' program file. */
  readonly program: string;
}

/** A mishap of one session. */
export type SessionMishap = Extract<Mishap, { session: string }>;

const PATIENCE_MS = 90_000;
const PONG_MS = 1000;
const SMALL_BYTES = 64 * 1024 * 1024;

/** Does it, and sees to it that it has happened; what it returns says by what. */
export function befallSession(workshop: Workshop, mishap: SessionMishap): Promise<string> {
  const session = workshop.inhabitants.of(mishap.session);
  switch (mishap.kind) {
    case 'start':
      return start(workshop, session, mishap.server, agentIn(workshop, session));
    case 'kill':
      return kill(workshop, session);
    case 'oom':
      return outOfMemory(workshop, session);
    case 'exit':
      return exit(workshop, session);
    case 'exec':
      return execute(workshop, session);
    case 'exec-shell':
      return becomeShell(workshop, session);
    case 'respawn':
      return respawn(workshop, session);
    case 'move':
      return move(workshop, session, mishap.server);
    case 'hang':
      return hang(workshop, session);
    case 'number-reused':
      return reuseNumber(workshop, session);
  }
}

function agentIn({ program }: Workshop, { name }: Inhabitant): string[] {
  return [process.execPath, program, name];
}

async function start(
  { inhabitants, homes, server }: Workshop,
  session: Inhabitant,
  socket: string,
  program: readonly string[],
): Promise<string> {
  inhabitants.chronicle.begin(session.name, clockMs());
  const coming = inhabitants.next(session.name);
  const opened = await server(socket).openPane(session.name, path.join(homes, session.name), program);
  const pane = { server: socket, id: opened.id };
  session.opening = pane;
  const link = await coming;
  Object.assign(session, { link, pane, opening: null });
  if (!session.contained && link.pid !== opened.pid) {
    throw new Error(`${session.name}: ${link.pid} has come, and ${opened.pid} was started`);
  }
  inhabitants.settle(session);
  return `hello of ${link.pid}${session.contained ? `, ${link.ownPid} on ${link.host}` : ''} in ${socket} ${opened.id}`;
}

async function kill({ inhabitants }: Workshop, session: Inhabitant): Promise<string> {
  const link = inhabitants.linkOf(session.name);
  await ended(inhabitants, session, link, () => process.kill(link.pid, 'SIGKILL'));
  return `its socket is closed: ${link.pid} has ended`;
}

async function outOfMemory({ inhabitants, cgroups }: Workshop, session: Inhabitant): Promise<string> {
  const link = inhabitants.linkOf(session.name);
  session.mayEnd = true;
  const cgroup = makeSmallCgroup(cgroups, { name: `${session.name}-${link.pid}`, bytes: SMALL_BYTES, pid: link.pid });
  const end = inhabitants.end(link);
  // The kernel takes its memory before it closes its socket.
  inhabitants.chronicle.begin(session.name, clockMs());
  link.order({ order: 'eat' });
  await within(end, `the end of ${session.name} for want of memory`);
  const { count, text } = cgroup.kills();
  if (count < 1) throw new Error(`${session.name} has ended, and not for want of memory: ${text}`);
  await waitFor('its control group to be empty', () => cgroup.remove());
  return `${text}; ${link.pid} has ended`;
}

async function exit({ inhabitants }: Workshop, session: Inhabitant): Promise<string> {
  const link = inhabitants.linkOf(session.name);
  session.mayEnd = true;
  // From its first goodbye to its last it is as good as gone: with the database away that takes a while.
  inhabitants.chronicle.begin(session.name, clockMs());
  const end = inhabitants.end(link);
  link.order({ order: 'exit' });
  await within(end, `${session.name} to end by itself`);
  if (link.leaving === null) throw new Error(`${session.name} has ended without a word`);
  return `it said that it leaves, and ${link.pid} has ended`;
}

async function execute({ inhabitants }: Workshop, session: Inhabitant): Promise<string> {
  const before = inhabitants.linkOf(session.name);
  inhabitants.chronicle.begin(session.name, clockMs());
  session.isReplaced = true;
  const coming = inhabitants.next(session.name);
  before.order({ order: 'exec' });
  const link = await coming;
  if (link.pid !== before.pid) throw new Error(`${session.name}: ${before.pid} has become ${link.pid} by execve`);
  if (before.isOpen) throw new Error(`${session.name}: the old program's socket is open still`);
  Object.assign(session, { link, isReplaced: false });
  inhabitants.settle(session);
  return `hello of another program in the same process, ${link.pid}`;
}

async function becomeShell({ inhabitants }: Workshop, session: Inhabitant): Promise<string> {
  const { pane } = session;
  const link = inhabitants.linkOf(session.name);
  if (pane === null) throw new Error(`${session.name} has no terminal for a shell`);
  await ended(inhabitants, session, link, () => link.order({ order: 'exec-shell' }));
  const comm = await waitFor('a shell', () => (commOf(link.pid) === 'sh' ? commOf(link.pid) : null));
  inhabitants.becameShell({ pane, pid: link.pid });
  return `${link.pid} is ${comm} now`;
}

async function respawn(workshop: Workshop, session: Inhabitant): Promise<string> {
  const { inhabitants, homes, server } = workshop;
  const { pane } = session;
  const before = inhabitants.linkOf(session.name);
  if (pane === null) throw new Error(`${session.name} has no pane`);
  // In between there is nobody.
  inhabitants.chronicle.begin(session.name, clockMs(), [inhabitants.detached(session), { status: 'dead' }]);
  session.isReplaced = true;
  const [coming, end] = [inhabitants.next(session.name), inhabitants.end(before)];
  const program = agentIn(workshop, session);
  await server(pane.server).respawn(pane.id, path.join(homes, session.name), program);
  const link = await coming;
  await within(end, `the process that was in the pane of ${session.name} before`);
  Object.assign(session, { link, isReplaced: false });
  inhabitants.settle(session);
  return `${pane.server} ${pane.id}: ${before.pid} has ended, hello of ${link.pid}`;
}

let boxes = 0;

async function move(workshop: Workshop, session: Inhabitant, socket: string): Promise<string> {
  const left = await exit(workshop, session);
  const { name } = session;
  const [home, place] = [path.join(workshop.homes, name), path.join(workshop.elsewhere, name)];
  fs.mkdirSync(place, { recursive: true });
  const box = `box-${++boxes}`;
  const script = 'hostname "$1"; mount --bind "$2" "$3"; cd "$3"; shift 3; exec "$@"';
  const into = ['unshare', '--pid', '--fork', '--mount', '--propagation', 'private', '--mount-proc', '--uts'];
  const inside = ['sh', '-ec', script, 'sh', box, home, place, ...agentIn(workshop, session)];
  session.contained = true;
  const came = await start(workshop, session, socket, [...into, ...inside]);
  const { link } = session;
  if (link?.host !== box || link.ownPid === link.pid) throw new Error(`${name} is in no container: ${came}`);
  return `${left}; ${came}`;
}

async function hang({ inhabitants, agents }: Workshop, session: Inhabitant): Promise<string> {
  const link = inhabitants.linkOf(session.name);
  inhabitants.chronicle.begin(session.name, clockMs());
  link.order({ order: 'hang' });
  link.order({ order: 'ping' });
  if ((await agents.hear(link, 'pong', PONG_MS)) !== null) throw new Error(`${session.name} does not hang: it answers`);
  if (!link.isOpen) throw new Error(`${session.name} does not hang: it has ended`);
  session.hangs = true;
  inhabitants.settle(session);
  return `${link.pid} lives, and has not answered for ${PONG_MS} ms`;
}

async function reuseNumber(workshop: Workshop, session: Inhabitant): Promise<string> {
  const { pid } = workshop.inhabitants.linkOf(session.name);
  await kill(workshop, session);
  await waitFor(`${pid} to be reaped`, () => !fs.existsSync(`/proc/${pid}`));
  const tries = await takeNumber(pid, () => spawn('sleep', ['infinity'], { stdio: 'ignore', cwd: '/' }));
  return `${pid} is ${commOf(pid)} now, after ${tries} ${tries === 1 ? 'try' : 'tries'}`;
}

/** Ends it by something that cannot fail, and waits for its socket to be closed. */
async function ended(inhabitants: Inhabitants, session: Inhabitant, link: AgentLink, how: () => void): Promise<void> {
  session.mayEnd = true;
  inhabitants.chronicle.begin(session.name, clockMs());
  const end = inhabitants.end(link);
  how();
  await within(end, `the end of ${session.name}`);
}

/** What happens in good time, and else is an error that names it. */
export function within<T>(awaited: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`)), PATIENCE_MS);
    awaited.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
