import { Foregrounds } from './kernel/foreground.ts';
import { devptsOf } from './kernel/held-masters.ts';
import { liveMachine, type Machine } from './kernel/machine.ts';
import { PlumblineError } from './model/errors.ts';
import { describeMissing } from './model/outcome.ts';
import type { PanesSeen, SeenPane, SeenServer } from './model/seen-pane.ts';
import type { Session } from './model/session.ts';
import { toText } from './model/text.ts';
import { type ObserveOptions, observe } from './observe.ts';
import { type RunClient, runClient } from './panes/client.ts';
import type { ListedPane } from './panes/multiplexer.ts';
import { askedOnce } from './panes/once.ts';
import { type KnownServer, PaneServers, type UnseenServer } from './panes/servers.ts';

/** Of which machine, and whose sessions. */
export interface ObservePanesOptions extends Omit<ObserveOptions, 'explain' | 'incumbents'> {}

/**
 * Lists every pane of every tmux and screen server that can be seen, each server asked once; with homes, and the
 * sessions in them.
 *
 * Needs:  for other users' servers root, which runs their clients as those users
 * @returns a promise; what does not answer is told within two seconds
 * @throws {PlumblineError} what `observe` throws; `unsupported_platform` for a recorded machine
 * @example
 * const { panes } = await observePanes({ homes: parseHomes(['/srv/agents/*']), commands: ['claude'] });
 */
export async function observePanes(options: ObservePanesOptions = {}): Promise<PanesSeen> {
  const machine = options.machine ?? liveMachine();
  if (!machine.isLive) throw new PlumblineError('unsupported_platform', 'a recorded machine has no servers to ask');
  const asked = typeof options.panes === 'function' ? options.panes : runClient;
  const run = askedOnce(asked);
  const hasHomes = (options.homes?.length ?? 0) > 0;
  const snapshot = await observe({ proveAbsence: false, ...options, machine, panes: hasHomes && run });
  return { snapshot, ...(await listPanes(machine, { sessions: snapshot.sessions, run })) };
}

/**
 * The same of a look that has been: its sessions have their panes already, where it has any.
 *
 * Needs:  for other users' servers root, which runs their clients as those users
 * @throws {PlumblineError} `blind` where the processes cannot be listed
 */
export async function listPanes(
  { procfs }: Machine,
  { sessions, run }: { readonly sessions: readonly Session[]; readonly run: RunClient },
): Promise<Pick<PanesSeen, 'servers' | 'panes'>> {
  const listing = procfs.list();
  if (listing.kind !== 'value') {
    throw new PlumblineError('blind', `the processes cannot be listed: ${describeMissing(listing)}`);
  }
  const { pids } = listing.value;
  const servers = new PaneServers({ procfs, run });
  const known = servers.among(pids);
  const foregrounds = new Foregrounds(procfs, pids);
  const all = await Promise.all(
    known.map(async (it): Promise<Told> => {
      if (!('server' in it)) return { server: unseen(it), panes: [] };
      const listed = await servers.list(it);
      if ('silence' in listed) return { server: seen(it, listed.silence, listed.hint), panes: [] };
      const devpts = devptsOf(procfs, it.server.pid);
      const panes = listed.panes.map((pane) => seenPane(pane, { sessions, foregrounds, devpts }));
      return { server: seen(it, null, ''), panes };
    }),
  );
  return { servers: all.map(({ server }) => server), panes: all.flatMap(({ panes }) => panes) };
}

interface Told {
  readonly server: SeenServer;
  readonly panes: readonly SeenPane[];
}

function unseen({ multiplexer, pid, silence, hint }: UnseenServer): SeenServer {
  return { multiplexer: multiplexer.name, pid, socket: null, unlistedBecause: silence, hint };
}

function seen({ multiplexer, server }: KnownServer, unlistedBecause: string | null, hint: string): SeenServer {
  const { pid, socket } = server;
  return { multiplexer: multiplexer.name, pid, socket: toText(socket), unlistedBecause, hint };
}

/** What panes are told from. */
interface Around {
  readonly sessions: readonly Session[];
  readonly foregrounds: Foregrounds;
  /** Of the server's terminals. */
  readonly devpts: ReadonlyMap<number, bigint | null>;
}

function seenPane(listed: ListedPane, { sessions, foregrounds, devpts }: Around): SeenPane {
  const { pane, ttyIndex, title, dead, obstacles } = listed;
  const dev = ttyIndex === null ? null : (devpts.get(ttyIndex) ?? null);
  const front = ttyIndex === null ? null : foregrounds.of({ index: ttyIndex, dev, leader: pane.firstPid });
  return {
    pane,
    title: title === null ? null : toText(title),
    terminal: ttyIndex === null ? null : { name: `pts/${ttyIndex}`, dev, index: ttyIndex },
    dead,
    obstacles,
    sessions: sessions.filter((session) => isIn(session, listed)).map(({ name }) => name),
    foreground: front && { pid: front.pid, command: toText(front.comm) },
  };
}

function isIn({ pane: sight, terminal }: Session, { pane, ttyIndex }: ListedPane): boolean {
  if (sight?.kind !== 'pane' || ttyIndex === null) return false;
  const { pid, startTimeTicks } = sight.pane.server;
  if (pid !== pane.server.pid || startTimeTicks !== pane.server.startTimeTicks) return false;
  // The outermost terminal, which the pane shows; where its holder may not be looked into no link tells it.
  const last = sight.links.at(-1);
  const shown = last?.holder.pid === pid ? last.terminal : (last?.holder.terminal ?? terminal);
  return shown?.index === ttyIndex;
}
