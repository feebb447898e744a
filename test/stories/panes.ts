import type { PaneSight } from '../../src/model/pane.ts';
import type { Session } from '../../src/model/session.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { toText } from '../../src/model/text.ts';

/** In which panes the sessions of a made machine are, by their names. */
export type Panes = ReadonlyMap<string, PaneSight>;

/** Reads the lines `pane NAME work:1.0 %7`, `pane NAME 12345.work:0`, `12345.work:?`, `none`, `unknown`. */
export function panesIn(lines: readonly string[]): Panes {
  const words = lines.map((line) => line.trim().split(/\s+/)).filter(([verb]) => verb === 'pane');
  return new Map(words.map(([, name = '', address = '', id]) => [name, sightOf(address, id)]));
}

/** The same look, as if those panes had been found. */
export function inPanes(snapshot: Snapshot, panes: Panes): Snapshot {
  if (panes.size === 0) return snapshot;
  const done = new Map<Session, Session>();
  const shown = (session: Session): Session => {
    const known = done.get(session) ?? { ...session, pane: panes.get(session.name.text) ?? session.pane };
    done.set(session, known);
    return known;
  };
  const maybe = <R extends { readonly session: Session | null }>(it: R): R => {
    return it.session ? { ...it, session: shown(it.session) } : it;
  };
  return {
    ...snapshot,
    sessions: snapshot.sessions.map(shown),
    homes: snapshot.homes.map(maybe),
    incumbents: snapshot.incumbents.map(maybe),
  };
}

function sightOf(address: string, id: string | undefined): PaneSight {
  if (address === 'none' || address === 'unknown') return { kind: address, why: 'so it is told', links: [] };
  const [session = '', number] = address.split(/:(?=[^:]*$)/);
  const isTmux = id !== undefined;
  const window = number === '?' ? null : (number ?? null);
  const server = { pid: 10, startTimeTicks: 1n, innerPid: 10, uid: 0, gid: 0, socket: '/s', program: '/p' };
  const pane = {
    multiplexer: isTmux ? 'tmux' : 'screen',
    server,
    id: isTmux ? id : window,
    address: toText(isTmux || window !== null ? address : session),
    alsoAt: [],
    firstPid: 100,
  };
  return { kind: 'pane', pane, links: [] };
}
