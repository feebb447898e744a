import type { Relation } from './column.ts';

/** One thing that was examined. */
export interface FindingRow {
  readonly what: string;
  readonly state: string;
  readonly found: string;
  readonly lost: string;
  readonly mend: string;
}

/** What `plumb doctor` examines. */
export const FINDINGS: Relation<FindingRow> = {
  name: 'findings',
  doc: 'One row a thing that `plumb doctor` examines.',
  columns: [
    { name: 'what', type: 'word', unit: null, doc: 'what was examined', value: (it) => it.what },
    {
      name: 'state',
      type: 'word',
      unit: null,
      doc: 'fine, lost (it works, and something is not to be had), or failed',
      value: (it) => it.state,
    },
    { name: 'found', type: 'word', unit: null, doc: 'what was found', value: (it) => it.found },
    { name: 'lost', type: 'word', unit: null, doc: 'what is not to be had therefore', value: (it) => it.lost },
    { name: 'mend', type: 'word', unit: null, doc: 'what mends it', value: (it) => it.mend },
  ],
};
