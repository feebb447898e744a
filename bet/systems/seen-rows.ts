import type { Answer } from '../model.ts';

/** What plumbline says of one home, in whatever form it was asked. */
export interface SeenHome {
  readonly name: string;
  readonly verdict: string;
  readonly reason: string;
  readonly pid: number | null;
  /** The socket of the pane's server, and the pane's id there; null where there is none; or why it is not known. */
  readonly pane: { readonly socket: string; readonly id: string } | { readonly unknown: string } | null;
}

/** `none` is proven absence; what is ambiguous or could not be seen is not known. */
export function answerOfHome({ verdict, reason, pid, pane }: SeenHome, host: string): Answer {
  if (verdict === 'none') return { status: 'dead' };
  if (verdict !== 'alive' || pid === null) return { status: 'unknown', reason: `${verdict}: ${reason}` };
  const alive = { status: 'alive', process: { host, pid } } as const;
  if (pane === null) return { ...alive, pane };
  if ('unknown' in pane) return { ...alive, pane: null, paneUnknown: pane.unknown };
  return { ...alive, pane: { server: pane.socket.slice(pane.socket.lastIndexOf('/') + 1), id: pane.id } };
}
