import { SqlError } from '../sql-error.ts';
import type { Client } from './client.ts';

/**
 * Gives the open transaction the level that is asked for.
 * @throws {SqlError} `25001` where it is decided already
 */
export function setIsolation(client: Client, isolation: string | null): void {
  const transaction = client.inTransaction();
  const before = transaction.isolation ?? client.settings.get('default_transaction_isolation') ?? 'read committed';
  if (isolation === null) return;
  if (isolation !== before && (transaction.hasRun || transaction.savepoints.length > 0)) {
    const when = transaction.hasRun ? 'must be called before any query' : 'must not be called in a subtransaction';
    throw new SqlError('25001', `SET TRANSACTION ISOLATION LEVEL ${when}`);
  }
  transaction.isolation = isolation;
}

/** All levels are the same here, and are told as they were asked for. The last one counts. */
export function isolationIn(text: string): string | null {
  const LEVEL = /\bisolation\s+level\s+(serializable|repeatable\s+read|read\s+(?:un)?committed)\b/gi;
  const found = [...text.matchAll(LEVEL)].at(-1)?.[1];
  return found?.toLowerCase().replace(/\s+/, ' ') ?? null;
}
