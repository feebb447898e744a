import net from 'node:net';
import readline from 'node:readline';
import type { AgentOrder, AgentSays } from './talk.ts';

/** The agent's end of the socket by which the harness knows that it lives. */
export interface TruthLink {
  readonly say: (what: AgentSays) => void;
  /** Resolves when the kernel has it. */
  readonly sayLast: (what: AgentSays) => Promise<void>;
}

/** Connects, says who this is, and takes orders. Without the harness there is no reason to live. */
export function openTruthLink(
  socket: string,
  self: { readonly name: string; readonly host: string; readonly pid: number },
  obey: (order: AgentOrder) => void,
): TruthLink {
  const connection = net.connect(socket);
  const sayLast = (what: AgentSays) => {
    return new Promise<void>((resolve) => connection.write(`${JSON.stringify(what)}\n`, () => resolve()));
  };
  const say = (what: AgentSays) => void connection.write(`${JSON.stringify(what)}\n`);
  say({ says: 'hello', name: self.name, host: self.host, pid: self.pid });
  const lines = readline.createInterface({ input: connection }).on('error', () => {});
  lines.on('line', (line) => obey(JSON.parse(line) as AgentOrder));
  connection.on('close', () => process.exit(1)).on('error', () => {});
  return { say, sayLast };
}
