import type { SystemName } from '../model.ts';
import { AGENT_TABLES } from './agent-tables.ts';
import { askAgentTable } from './ask-agent-table.ts';
import { askLiveTables } from './ask-live-tables.ts';
import { askObserve } from './ask-observe.ts';
import { askPidFiles } from './ask-pid-files.ts';
import { askPlumbList } from './ask-plumb-list.ts';
import { askSyncedRows } from './ask-synced-rows.ts';
import { askTmux } from './ask-tmux.ts';
import type { Ask } from './asker.ts';
import type { ReaderOrder } from './reader-order.ts';

const ASKS: Readonly<Record<SystemName, (order: ReaderOrder) => Ask>> = {
  registration: ({ url }) => askAgentTable(url, AGENT_TABLES.registration),
  'heartbeat 5 s': ({ url }) => askAgentTable(url, AGENT_TABLES['heartbeat 5 s']),
  'heartbeat 30 s': ({ url }) => askAgentTable(url, AGENT_TABLES['heartbeat 30 s']),
  'heartbeat 60 s': ({ url }) => askAgentTable(url, AGENT_TABLES['heartbeat 60 s']),
  'pid files': askPidFiles,
  tmux: askTmux,
  'plumb list': askPlumbList,
  'observe()': askObserve,
  'plumb sync --watch': askSyncedRows,
  'plumb serve': (order) => askLiveTables(order, ''),
  'plumb fdw': (order) => askLiveTables(order, 'kernel.'),
};

/** How a system is asked. */
export function askOf(order: ReaderOrder): Ask {
  return ASKS[order.system](order);
}
