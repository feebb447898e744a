import type { Terminal } from './terminal.ts';

/** A session, as far as it says where it is: in memory, or as JSON. */
interface Placed {
  readonly terminal: { readonly name: string; readonly dev: bigint | string | null } | null;
}

/** Whether a session is on this terminal: others have its name, in devpts instances of their own. */
export function isOn({ name, dev }: Pick<Terminal, 'name' | 'dev'>): (session: Placed) => boolean {
  return ({ terminal }) => terminal?.name === name && String(terminal.dev) === String(dev);
}
