import type { Evidence } from '../model/evidence.ts';
import { type Column, nested } from './column.ts';

const COLUMNS: readonly Column<Evidence>[] = [
  { name: 'fact', type: 'word', unit: null, doc: 'what it says', value: (it) => it.fact },
  { name: 'source', type: 'word', unit: null, doc: 'the kernel file that it was read from', value: (it) => it.source },
  { name: 'value', type: 'word', unit: null, doc: 'what stood there', value: (it) => it.value },
  {
    name: 'check',
    type: 'word',
    unit: null,
    doc: 'the command that shows it now; null for an inference from the other facts',
    value: (it) => it.check,
  },
];

/** The facts behind something, as they stand in several relations. */
export function evidenceColumn<Row extends { readonly evidence: readonly Evidence[] }>(doc: string): Column<Row> {
  return nested({ name: 'evidence', type: 'list', unit: null, doc }, COLUMNS, (row: Row) => row.evidence);
}
