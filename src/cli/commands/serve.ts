import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import { DEFAULT_LIMITS, type EndpointLimits, type ListenOptions } from '../../serve/pgwire/endpoint-options.ts';
import { startEndpoint } from '../../serve/pgwire/start-endpoint.ts';
import { userLine } from '../../serve/pgwire/users.ts';
import { findService, type Service } from '../../watch/service.ts';
import { type Call, settingsOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { endSignal } from '../end-signal.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isJournal } from '../journal.ts';
import { psqlCommand } from '../psql-command.ts';
import { parseSize, type SizeLimits } from '../size.ts';
import { standardInput } from '../standard-input.ts';

/** The options of `plumb serve`, as commander gives them. */
export interface ServeFlags {
  readonly pg?: readonly string[];
  readonly allowUser?: readonly string[];
  readonly users?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly maxConnections?: string;
  readonly statementTimeout?: string;
  readonly idleInTransactionTimeout?: string;
  readonly maxResult?: string;
  readonly userLine?: string;
}

const TIMEOUTS: DurationLimits = { leastMs: 1, mostMs: 86_400_000, words: '1ms up to 24h' };
const SIZES: SizeLimits = { least: 1024, most: 1 << 30, words: '1kB up to 1GB' };
const MOST_CONNECTIONS = 10_000;
const MOST_PASSWORD_BYTES = 1024;

/** `plumb serve`: answers SQL to the clients of Postgres until it is told to end. */
export async function serve(call: Call, flags: ServeFlags): Promise<ExitCode> {
  if (flags.userLine !== undefined) return printUserLine(call, flags.userLine);
  const listen = listenOptions(call, flags);
  const settings = await settingsOf(call);
  noteWithoutHomes(call, settings);
  const signal = endSignal();
  const service = await findService(globalThis.process.env, (message) => call.output.note(message));
  try {
    await run(call, { listen, settings, signal, service });
  } finally {
    service?.close();
  }
  return EXIT.ok;
}

interface Run {
  readonly listen: ListenOptions;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly service: Service | null;
}

async function run(call: Call, { listen, settings, signal, service }: Run): Promise<void> {
  const endpoint = await startEndpoint({ ...listen, observe: settings });
  const alive = service?.watchdogMs ? setInterval(() => service.tell('WATCHDOG=1'), service.watchdogMs / 2) : null;
  try {
    for (const address of endpoint.addresses) call.output.data(`${address}  ${psqlCommand(address)}\n`);
    service?.tell(`READY=1\nSTATUS=answering at ${endpoint.addresses.join(', ')}`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    service?.tell('STOPPING=1');
  } finally {
    await endpoint.close();
    if (alive !== null) clearInterval(alive);
  }
}

/** @throws {PlumblineError} `usage` */
function listenOptions(call: Call, flags: ServeFlags): ListenOptions {
  const { pg: addresses = [], tlsCert, tlsKey } = flags;
  if (addresses.length === 0) {
    throw new PlumblineError('usage', 'it is not said where to listen', {
      hint: '--pg 127.0.0.1:5433, or --pg /run/plumbline for a socket in that directory',
    });
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new PlumblineError('usage', '--tls-cert and --tls-key belong together', { hint: 'give both' });
  }
  return {
    addresses,
    allowedUsers: flags.allowUser ?? [],
    tls: tlsCert === undefined || tlsKey === undefined ? null : { certificateFile: tlsCert, keyFile: tlsKey },
    usersFile: flags.users ?? null,
    limits: limitsOf(flags),
    onEvent: ({ message }) => {
      const date = isJournal(2) ? '' : `${new Date().toISOString()} `;
      call.output.note(`${date}${message}`);
    },
  };
}

/** @throws {PlumblineError} `usage` */
function limitsOf(flags: ServeFlags): EndpointLimits {
  const { maxConnections, statementTimeout, idleInTransactionTimeout: idle, maxResult } = flags;
  return {
    ...DEFAULT_LIMITS,
    ...(maxConnections !== undefined && { connections: parseCount(maxConnections, '--max-connections') }),
    ...(statementTimeout !== undefined && {
      statementMs: parseDuration(statementTimeout, '--statement-timeout', TIMEOUTS),
    }),
    ...(idle !== undefined && { idleInTransactionMs: parseDuration(idle, '--idle-in-transaction-timeout', TIMEOUTS) }),
    ...(maxResult !== undefined && resultLimits(parseSize(maxResult, '--max-result', SIZES))),
  };
}

/** A few such answers have to find place together. */
function resultLimits(resultBytes: number): Pick<EndpointLimits, 'resultBytes' | 'memoryBytes'> {
  return { resultBytes, memoryBytes: Math.max(DEFAULT_LIMITS.memoryBytes, 4 * resultBytes) };
}

function parseCount(text: string, flag: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_CONNECTIONS) return count;
  throw new PlumblineError('usage', `${flag}: ${text} is no number from 1 up to ${MOST_CONNECTIONS}`, {
    hint: '--max-connections 64',
  });
}

function noteWithoutHomes({ output }: Call, { homes }: Settings): void {
  if (homes.length > 0) return;
  output.note("without homes each terminal is a session, under the name of a directory: --home '/srv/agents/*'");
}

/** A line of the file of `--users`: what stands on stdin is the password. */
async function printUserLine({ output }: Call, name: string): Promise<ExitCode> {
  if (globalThis.process.stdin.isTTY) {
    throw new PlumblineError('usage', 'the password is read from stdin, and would be seen here', {
      hint: `read -rs P && printf %s "$P" | plumb serve --user-line ${name}`,
    });
  }
  const bytes = standardInput(MOST_PASSWORD_BYTES);
  const password =
    bytes &&
    Buffer.from(bytes)
      .toString()
      .replace(/\r?\n$/, '');
  if (!password || password.includes('\uFFFD')) {
    throw new PlumblineError('usage', 'there is no password on stdin', {
      hint: `UTF-8, and at most ${MOST_PASSWORD_BYTES} bytes: plumb serve --user-line ${name} < FILE`,
    });
  }
  output.data(`${await userLine(name, password)}\n`);
  return EXIT.ok;
}
