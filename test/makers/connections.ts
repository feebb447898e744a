import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { MachineLook } from '../../src/look/machine-look.ts';
import type { Coverage } from '../../src/model/coverage.ts';
import type { ObserveOptions } from '../../src/observe.ts';
import { CONNECTIONS } from '../../src/relations/connections.ts';
import { toWire } from '../../src/relations/wire.ts';
import { compile } from './c-program.ts';
import { readFacts } from './json-facts.ts';
import { inNetNamespace } from './sockets.ts';

/** What the maker of connections has made: pids, ports, and the inode of each socket. */
export interface MadeConnections {
  readonly pid: number;
  /** Has the accepted end `server` too, twice, under a name that forges a stat line. */
  readonly sharer: number;
  /** Leads a kernel session of its own, below the maker; `daemon` is in it, and has no parent but init. */
  readonly leader: number;
  readonly daemon: number;
  readonly port: number;
  readonly time_wait_port: number;
  readonly server: number;
  readonly mapped: number;
  readonly unix_listener: number;
  readonly unix_client: number;
  readonly unix_server: number;
  readonly pair: number;
  readonly other: number;
}

/** Starts the maker of connections in a network namespace of its own, until the test has finished. */
export async function makeConnections(scratch: string): Promise<MadeConnections> {
  const [unshare = '', ...argv] = inNetNamespace(compile('connections'), `${scratch}/socket`);
  const maker = spawn(unshare, argv, { stdio: 'pipe' });
  const ended = new Promise((resolve) => maker.once('close', resolve));
  onTestFinished(async () => {
    maker.stdin.end();
    maker.stdout.resume();
    await ended;
  });
  return readFacts<MadeConnections>(maker);
}

/** A row as it stands in JSON. */
export interface ToldConnection {
  readonly [column: string]: unknown;
  readonly inode: string | null;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly net_namespace: string;
  readonly holders: readonly ToldHolder[] | null;
}

interface ToldHolder {
  readonly pid: number;
  readonly comm: string;
  readonly fds: readonly string[];
  readonly session: string | null;
  readonly joined_by: string | null;
}

/** The rows, all columns of them unless some are named. */
export async function connectionsOf(
  options: ObserveOptions,
  ask: {
    readonly of?: string;
    readonly columns?: readonly string[];
    readonly options?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ rows: ToldConnection[]; coverage: Coverage }> {
  const look = await MachineLook.open(options);
  const { sessions } = look.snapshot;
  const rows = await CONNECTIONS.rows(look, {
    sessions: ask.of === undefined ? null : new Set(sessions.filter(({ name }) => name.text === ask.of)),
    wants: (column) => ask.columns?.includes(column) ?? true,
    options: ask.options ?? {},
  });
  // The relation was checked with its rows where it was described; only their type is forgotten since.
  const told = rows.map((row) => toWire(CONNECTIONS, row as never) as unknown as ToldConnection);
  return { rows: told, coverage: look.coverage() };
}
