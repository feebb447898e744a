import type { Client } from './client.ts';
import { isolationIn, setIsolation } from './isolation.ts';
import { done, type Outcome } from './outcome.ts';
import { setOfTransaction } from './setting-commands.ts';
import type { StatementOf } from './statement-of.ts';

/** SET TRANSACTION, and SET SESSION CHARACTERISTICS for the transactions to come. */
export async function setTransaction(client: Client, { text }: StatementOf<'set_transaction'>): Promise<Outcome> {
  const [, name] = /^set\s+(?:(?:local|session)\s+)?"?(transaction_\w+)/i.exec(text) ?? [];
  if (name !== undefined) return await setOfTransaction(client, text, name.toLowerCase());
  const isolation = isolationIn(text);
  if (/^set\s+session\s/i.test(text)) {
    if (isolation !== null) client.settings.set('default_transaction_isolation', isolation, false);
    return done('SET');
  }
  const { isBlock, isSeveral } = client.inTransaction();
  if (!isBlock && !isSeveral) await client.warn('25P01', 'SET TRANSACTION can only be used in transaction blocks');
  setIsolation(client, isolation);
  return done('SET');
}
