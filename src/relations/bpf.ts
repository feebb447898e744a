import type { InstalledPin, PinReading, PinStatus, Requirement } from '../model/iterator.ts';
import { type Column, nested, type Relation } from './column.ts';

/** What one reading of a pin has given. */
const READING_COLUMNS: readonly Column<{ readonly reading: PinReading | null }>[] = [
  {
    name: 'rows',
    type: 'integer',
    unit: null,
    doc: 'how many rows one reading gave; null without one, or where the kernel has lost the count',
    value: (it) => it.reading?.rows ?? null,
  },
  {
    name: 'layout',
    type: 'integer',
    unit: null,
    doc: 'the version of its rows',
    value: (it) => it.reading?.layout ?? null,
  },
  {
    name: 'took_us',
    type: 'integer',
    unit: 'microseconds',
    doc: 'how long that reading took',
    value: (it) => (it.reading === null ? null : Math.round(it.reading.tookMs * 1000)),
  },
];

/** What `plumb bpf status` says of the pins. */
export const PINS: Relation<PinStatus> = {
  name: 'pins',
  doc: 'Of `bpf status`: one row a pin through which the kernel tells every process.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: 'the pin, and its program', value: (it) => it.name },
    { name: 'path', type: 'word', unit: null, doc: 'where it is, or would be', value: (it) => it.path },
    {
      name: 'state',
      type: 'word',
      unit: null,
      doc: 'usable, absent, denied, untrusted (others than root have made it or may change it), or damaged',
      value: (it) => it.state,
    },
    { name: 'why', type: 'word', unit: null, doc: 'why it is not usable; else empty', value: (it) => it.why },
    { name: 'uid', type: 'integer', unit: null, doc: 'its owner', value: (it) => it.owner?.uid ?? null },
    { name: 'gid', type: 'integer', unit: null, doc: 'its group', value: (it) => it.owner?.gid ?? null },
    { name: 'group', type: 'word', unit: null, doc: 'the name of that', value: (it) => it.owner?.group ?? null },
    { name: 'mode', type: 'word', unit: null, doc: 'in octal', value: (it) => it.owner?.mode ?? null },
    nested(
      {
        name: 'program',
        type: 'object',
        unit: null,
        doc: 'the program in it; null where it may not be looked into',
      },
      [
        { name: 'id', type: 'integer', unit: null, doc: "the kernel's number for it", value: (it) => it.id },
        { name: 'name', type: 'word', unit: null, doc: 'what it is called', value: (it) => it.name },
        { name: 'tag', type: 'word', unit: null, doc: 'a digest of its instructions', value: (it) => it.tag },
      ],
      (it: PinStatus) => (it.program === null ? null : [it.program]),
    ),
    ...READING_COLUMNS,
  ],
};

/** What `plumb bpf install` says of each pin. */
export const INSTALLED_PINS: Relation<InstalledPin> = {
  name: 'pins installed',
  doc: 'Of `bpf install`: one row a pin.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: 'the pin, and its program', value: (it) => it.name },
    {
      name: 'change',
      type: 'word',
      unit: null,
      doc: 'pinned, replaced (it was of another version), corrected (group or mode), kept, or left_out',
      value: (it) => it.change,
    },
    { name: 'why', type: 'word', unit: null, doc: 'why it was left out; else empty', value: (it) => it.why },
    ...READING_COLUMNS,
  ],
};

/** What `plumb bpf status` says of what an iterator takes. */
export const REQUIREMENTS: Relation<Requirement> = {
  name: 'requirements',
  doc: 'Of `bpf status`: one row a thing that it takes to bring an iterator into this kernel.',
  columns: [
    { name: 'what', type: 'word', unit: null, doc: 'what it takes', value: (it) => it.what },
    {
      name: 'answer',
      type: 'word',
      unit: null,
      doc: 'yes, no, or unknown: it could not be told',
      value: (it) => it.answer,
    },
    { name: 'found', type: 'word', unit: null, doc: 'what was found', value: (it) => it.found },
    { name: 'mend', type: 'word', unit: null, doc: 'what to do; empty where there is nothing', value: (it) => it.mend },
  ],
};
