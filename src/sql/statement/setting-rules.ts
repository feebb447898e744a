import { SqlError } from '../sql-error.ts';
import { denied, notHere } from './refused.ts';
import { SUPERUSER_SETTINGS } from './superuser-settings.ts';

/** Of the transaction alone, and told by SET TRANSACTION as well. */
const OF_TRANSACTION = ['transaction_isolation', 'transaction_deferrable'];

/**
 * They end a client that makes others wait, which is for its session to do: the engine would end with the next client in it
 * (tried). There, they are never set for longer than it takes to ask what a value means.
 */
export const KEPT_FROM_ENGINE: readonly string[] = [
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
];

/** What SET, set_config and a client that connects want a setting to be; null: a value that is not known here. */
export interface Wish {
  readonly name: string;
  readonly values: readonly (string | null)[];
}

/** Whether a setting is one that SET TRANSACTION means. */
export function isOfTransaction(name: string): boolean {
  return OF_TRANSACTION.includes(name) || name === 'transaction_read_only';
}

/**
 * Settings of roles are refused, as are those that only a superuser has, those that other clients would notice, and those
 * that would make the engine read statements otherwise than they were read here. All others are the client's own affair.
 * @throws {SqlError} `42501` of rights, `25006` to write, `0A000` not here, `22023` no such value
 */
export function mustBeSettable({ name, values }: Wish): void {
  const [value] = values;
  const word = value?.toLowerCase() ?? null;
  if (name === 'role') throw denied(`permission denied to set role "${value ?? ''}"`, ROLES_HINT);
  if (name === 'session_authorization') {
    throw denied(`permission denied to set session authorization "${value ?? ''}"`, ROLES_HINT);
  }
  if (SUPERUSER_SETTINGS.has(name)) throw denied(`permission denied to set parameter "${name}"`, SUPERUSER_HINT);
  if (name === 'exit_on_error') {
    throw denied('permission denied to set parameter "exit_on_error"', 'An error would end the engine that all share.');
  }
  if (name === 'seed') {
    throw denied('permission denied to set parameter "seed"', 'All clients draw from one series of random numbers.');
  }
  if (READ_ONLY.includes(name) && !isBoolean(word, true)) throw cannotWrite(name);
  if (name === 'standard_conforming_strings' && !isBoolean(word, true)) {
    throw notHere('standard_conforming_strings = off', "Write strings with backslashes as E'…'.");
  }
  if (name === 'client_encoding' && !ENCODINGS.includes(word?.replace(/[^a-z0-9]/g, '') ?? '')) {
    throw notHere(`client_encoding ${value ?? ''}`, 'Only UTF8 is spoken here: set client_encoding to it.');
  }
}

const ROLES_HINT = 'There is one role here; who may connect is decided when a client connects.';
const SUPERUSER_HINT = 'The engine is shared by all clients.';
const READ_ONLY = ['default_transaction_read_only', 'transaction_read_only'];

/** As Postgres compares names of encodings: without signs. SQL_ASCII means: bytes as they are. */
const ENCODINGS = ['utf8', 'unicode', 'sqlascii', 'default'];

function cannotWrite(name: string): SqlError {
  return new SqlError('25006', `cannot set ${name} to off: only reading is possible here`, {
    hint: 'What is told here is read from the kernel: it can be changed only there.',
  });
}

/** As Postgres reads one: by any beginning of a word that is unmistakable. */
function isBoolean(word: string | null, wanted: boolean): boolean {
  if (word === null || word === '') return false;
  const yes = '1' === word || ['true', 'yes'].some((it) => it.startsWith(word)) || word === 'on';
  return yes === wanted;
}
