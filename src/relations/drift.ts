import type { Evidence } from '../model/evidence.ts';
import type { Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';

/** One value of a registry that is not what the kernel says. */
export interface DriftRow {
  readonly name: string;
  readonly kind: string;
  readonly column: string | null;
  readonly registry: string | null;
  readonly kernel: string | null;
  readonly verdict: string;
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** How a registry differs from the kernel. */
export const DRIFT: Relation<DriftRow> = {
  name: 'drift',
  doc: 'One row a value of the registry that is not what the kernel says, and one for each row that cannot be told.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    { name: 'kind', type: 'word', unit: null, doc: 'how it differs, as in docs/drift.md', value: (it) => it.kind },
    {
      name: 'column',
      type: 'word',
      unit: null,
      doc: "the registry's column; null where no single one is wrong",
      value: (it) => it.column,
    },
    {
      name: 'registry',
      type: 'word',
      unit: null,
      doc: 'what the registry says; null is nothing',
      value: (it) => it.registry,
    },
    {
      name: 'kernel',
      type: 'word',
      unit: null,
      doc: 'what the kernel says; null is nothing',
      value: (it) => it.kernel,
    },
    { name: 'verdict', type: 'word', unit: null, doc: 'alive, dead, ambiguous or unknown', value: (it) => it.verdict },
    { name: 'reason', type: 'word', unit: null, doc: 'one sentence: why', value: (it) => it.reason },
    evidenceColumn('the facts behind the verdict'),
  ],
};
