import type { Statement } from '../statement/statement.ts';

/** The statements of one kind, with those that say the same things. */
export type StatementOf<K extends Statement['kind'], S extends Statement = Statement> = S extends Statement
  ? Extract<S['kind'], K> extends never
    ? never
    : S
  : never;
