import type { LiveNames } from './live-names.ts';
import type { Statement } from './statement.ts';
import type { StatementText } from './statement-text.ts';
import { Uses } from './uses.ts';
import { Walk } from './walk.ts';

/** Where one statement stands in its text. */
export interface Place {
  readonly text: StatementText;
  readonly start: number;
  readonly end: number;
  readonly live: LiveNames;
}

/** What every statement says of itself. */
export type Common = Pick<Statement, 'text' | 'tables' | 'columns'>;

const NOTHING: ReadonlySet<string> = new Set();

/** The statement as it stands there, which reads nothing. */
export function without({ text, start, end }: Place): Common {
  return { text: text.slice(start, end), tables: NOTHING, columns: NOTHING };
}

/**
 * The statement as it stands there, which reads what these pieces of it name.
 * @throws {SqlError} why they may not be run
 */
export function reading(place: Place, ...pieces: readonly unknown[]): Common {
  const uses = new Uses(place.live);
  const walk = new Walk(uses, place.text);
  for (const piece of pieces) walk.query(piece);
  return { ...without(place), tables: uses.tables, columns: uses.tables.size === 0 ? NOTHING : uses.columns };
}
