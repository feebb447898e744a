import { clockMs, pause } from '../../test/storm/clock.ts';
import type { Milliseconds, Mishap } from '../model.ts';
import { starve } from './cgroups.ts';
import type { BetDatabase } from './database.ts';
import { type Workshop, within } from './session-mishaps.ts';

/** A mishap of more than one session. */
export type HostMishap = Exclude<Mishap, { session: string }>;

/** So late a timer of 100 ms has to be in the middle of all agents, for the host to have been slow. */
const LATE_MS = 2000;
const REPORT_MS = 60_000;

/** Does it, and sees to it that it has happened; what it returns says by what. */
export function befallHost(workshop: Workshop, database: BetDatabase, mishap: HostMishap): Promise<string> {
  switch (mishap.kind) {
    case 'server-killed':
      return killServer(workshop, mishap.server);
    case 'server-started':
      return startServer(workshop, mishap.server);
    case 'client-gone':
      return closeClient(workshop, mishap.server);
    case 'starved':
      return slowDown(workshop, mishap.lasts);
    case 'database-outage':
      return stopDatabase(database, mishap.lasts);
  }
}

async function killServer({ inhabitants, server, ignoring }: Workshop, socket: string): Promise<string> {
  const shown = inhabitants.all.filter(({ pane }) => pane?.server === socket);
  const links = shown.map(({ name }) => inhabitants.linkOf(name));
  const killedAt = clockMs();
  for (const session of shown) {
    session.mayEnd = true;
    inhabitants.chronicle.begin(session.name, killedAt, [inhabitants.detached(session)]);
  }
  const ends = links.map((link) => inhabitants.end(link));
  await server(socket).kill();
  const survivors: string[] = [];
  // Its terminals are gone with it; who says goodbye lives until it has.
  for (const session of shown.filter(({ link }) => link?.isOpen)) {
    session.pane = null;
    inhabitants.settle(session);
    if (session.hangs || ignoring.has(session.name)) {
      session.mayEnd = false;
      survivors.push(session.name);
    } else inhabitants.chronicle.begin(session.name, killedAt);
  }
  for (const [number, session] of shown.entries()) {
    if (!survivors.includes(session.name))
      await within(ends[number] as Promise<void>, `${session.name} to end after its terminal`);
  }
  const lives = survivors.length > 0 ? `${survivors.join(', ')} without a terminal` : 'nobody';
  return `its process has ended; of ${shown.length} sessions there live on: ${lives}`;
}

async function startServer({ server }: Workshop, socket: string): Promise<string> {
  await server(socket).start();
  return 'it answers';
}

async function closeClient({ inhabitants, server }: Workshop, socket: string): Promise<string> {
  const living = () => inhabitants.all.filter(({ pane }) => pane?.server === socket).length;
  const [clients, before] = [await server(socket).clients(), living()];
  await server(socket).detachClient();
  const proof = `${clients} client, then none; of ${before} sessions ${living()} live`;
  await server(socket).attachClient();
  return proof;
}

async function slowDown({ inhabitants, agents, cgroups }: Workshop, lasts: Milliseconds): Promise<string> {
  const links = inhabitants.all.flatMap(({ link, hangs }) => (link && !hangs ? [link] : []));
  const relieve = starve(
    cgroups,
    inhabitants.all.flatMap(({ link }) => (link ? [link.pid] : [])),
  );
  // Who is killed meanwhile tells nothing.
  const reports = links.map((link) => {
    return Promise.race([agents.hear(link, 'late', lasts + REPORT_MS), inhabitants.end(link).then(() => null)]);
  });
  for (const link of links) link.order({ order: 'work', ms: lasts });
  await pause(lasts);
  relieve();
  const late = (await Promise.all(reports))
    .flatMap((said) => (said ? [said.ms] : []))
    .sort((one, other) => one - other);
  const [middle, worst] = [late[Math.floor(late.length / 2)], late.at(-1)];
  if (middle === undefined || worst === undefined || middle < LATE_MS) {
    throw new Error(`the host was not slow: timers of 100 ms were ${middle} ms late`);
  }
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const who = late.length === 1 ? 'one agent' : `${late.length} agents`;
  return `timers of 100 ms were late in ${who}: ${seconds(middle)} in the middle, ${seconds(worst)} at the worst`;
}

async function stopDatabase(database: BetDatabase, lasts: Milliseconds): Promise<string> {
  await database.kill();
  if (await database.answers()) throw new Error('the database is away, and answers');
  const away = clockMs();
  await pause(lasts);
  await database.start();
  return `it did not answer for ${((clockMs() - away) / 1000).toFixed(1)} s`;
}
