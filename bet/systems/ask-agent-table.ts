import type { Answer } from '../model.ts';
import type { AgentRole, AgentRow } from '../world/contract.ts';
import { type Ask, parsePane } from './asker.ts';
import { Connection } from './connection.ts';

/**
 * Registration, and heartbeats: whoever wants to know reads the table.
 *
 * The best that its users run: one select over a kept connection, prepared once. A row that the sweeper has called dead
 * is dead, any other is what its agent has written last.
 */
export function askAgentTable(url: string, role: AgentRole): Ask {
  const connection = new Connection(url);
  const statement = { name: 'read', text: `select name, host, pid, pane, status from ${role}` };
  return async () => {
    const rows = await connection.query<Omit<AgentRow, 'last_seen'>>(statement);
    return new Map(rows.map((row) => [row.name, answerOf(row)]));
  };
}

function answerOf({ host, pid, pane, status }: Omit<AgentRow, 'last_seen'>): Answer {
  if (status === 'dead') return { status };
  return { status, process: { host, pid }, pane: parsePane(pane) };
}
