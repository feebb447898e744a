import type { Relation } from './column.ts';

/** One host whose rows are in a registry. */
export interface HostRow {
  readonly hostId: string;
  readonly isThisHost: boolean;
  readonly bootId: string;
  readonly freshness: string;
  readonly watchingSince: Date | null;
  readonly observedAt: Date;
  readonly alive: number;
  readonly dead: number;
  readonly ambiguous: number;
}

/** The hosts whose rows are in a registry. */
export const HOSTS: Relation<HostRow> = {
  name: 'hosts',
  doc: 'One row a host: what `plumb hosts` tells of a registry.',
  columns: [
    { name: 'host_id', type: 'word', unit: null, doc: 'the machine', value: (it) => it.hostId },
    {
      name: 'is_this_host',
      type: 'boolean',
      unit: null,
      doc: 'whether it is the one that asks',
      value: (it) => it.isThisHost,
    },
    {
      name: 'boot_id',
      type: 'word',
      unit: null,
      doc: 'the boot that its rows were last written in',
      value: (it) => it.bootId,
    },
    {
      name: 'freshness',
      type: 'word',
      unit: null,
      doc: 'connected (a watch keeps its rows right), gone (one did, and they are unknown now), or snapshot (single syncs)',
      value: (it) => it.freshness,
    },
    {
      name: 'watching_since',
      type: 'time',
      unit: null,
      doc: 'since when its rows are watched, or were; null for a snapshot',
      value: (it) => it.watchingSince,
    },
    {
      name: 'observed_at',
      type: 'time',
      unit: null,
      doc: 'the look that last wrote a row of it',
      value: (it) => it.observedAt,
    },
    { name: 'alive', type: 'integer', unit: null, doc: 'how many of its rows say so', value: (it) => it.alive },
    { name: 'dead', type: 'integer', unit: null, doc: 'the same', value: (it) => it.dead },
    { name: 'ambiguous', type: 'integer', unit: null, doc: 'the same', value: (it) => it.ambiguous },
  ],
};
