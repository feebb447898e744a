import type { ByteString } from '../model/text.ts';

/**
 * Programs that open a terminal to show it on their own: what is typed there is handed on to it. Of any other program
 * that holds a terminal (an agent's tool, an editor) nobody knows whether it shows it, and what is typed at it is its own.
 */
const RELAYS: ReadonlySet<ByteString> = new Set(
  'sudo su runuser script rlwrap systemd-run run0 machinectl lxc-attach systemd-nspawn asciinema ttyrec'.split(' '),
);

/** Whether a holder of a terminal shows it on its own one, by what it calls itself. */
export function isRelay(name: ByteString): boolean {
  return RELAYS.has(name);
}
