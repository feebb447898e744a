import { errorFields, framesOf } from '../../src/sql/protocol/answer.ts';
import { frontend } from '../../src/sql/protocol/frontend.ts';
import type { Bed } from './session-bed.ts';
import { type SessionPeer, told } from './sql-peers.ts';
import { waitFor } from './wait-for.ts';

/** One query, and what is told of it. */
export async function ask(peer: SessionPeer, text: string): Promise<readonly string[]> {
  return told(await peer.ask([frontend.query(text)]));
}

/** The values of a query of one column. */
export async function valuesOf(peer: SessionPeer, text: string): Promise<readonly string[]> {
  const rows = (await ask(peer, text)).filter((it) => it.startsWith('row '));
  return rows.map((it) => JSON.parse(it.slice('row '.length)));
}

/** What Bind says where it says nothing. */
export const BIND = { portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] };

/** A query by Parse, Bind and Execute, without a Sync. */
export function extended(text: string): readonly Uint8Array[] {
  return [frontend.parse('', text), frontend.bind(BIND), frontend.execute('')];
}

/** The fields of the error in an answer. */
export function errorIn(answer: Uint8Array): ReadonlyMap<string, string> {
  const error = [...framesOf(answer)].find(({ type }) => type === 'E');
  if (error === undefined) throw new Error(`no error: ${told(answer)}`);
  return errorFields(error.body);
}

/** Holds something up, until it is let go. */
function gate(): { readonly wait: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

/** Runs while each look, or each job of the engine, is held up. */
export async function heldUp(
  bed: Bed,
  where: 'look' | 'engine',
  act: (reached: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { engine, snapshots } = bed;
  const { wait, open } = gate();
  let count = 0;
  const before = () => {
    count++;
    return wait;
  };
  if (where === 'look') snapshots.before = before;
  else engine.before = before;
  try {
    await act(() => waitFor('it to be held up', () => count > 0));
  } finally {
    snapshots.before = () => {};
    engine.before = () => {};
    open();
  }
}
