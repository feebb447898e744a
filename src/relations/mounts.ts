import { readMounts } from '../look/mounts.ts';
import type { MarkedHome, Mount, MountEntry } from '../model/mount.ts';
import { type ByteString, toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { ALL_SESSIONS, SESSION } from './session-columns.ts';

const TABLE = '/proc/<pid>/mountinfo';
const HOME_SOURCE = '/proc/<pid>/mountinfo, root and cwd, and mnt_id of fdinfo';

/** A path, name or option of the table; null for a mount that is gone. */
function text(
  name: string,
  {
    field,
    doc,
    of,
  }: { readonly field: string; readonly doc: string; readonly of: (mount: Mount) => ByteString | null },
): KernelColumn<MountEntry> {
  const source = `${TABLE}, ${field}`;
  return { name, type: 'text', unit: null, doc, source, value: ({ mount }) => optional(mount && of(mount)) };
}

function optional(bytes: ByteString | null) {
  return bytes === null ? null : toText(bytes);
}

const HOME: readonly Column<MarkedHome>[] = [
  {
    name: 'name',
    type: 'text',
    unit: null,
    doc: "the home's name; null where what is left of a mount that is gone does not say it",
    value: (it) => it.name,
  },
  { name: 'path', type: 'text', unit: null, doc: 'its path, likewise', value: (it) => it.path },
  { name: 'mark', type: 'word', unit: null, doc: 'on, over or gone, as home_mark', value: (it) => it.mark },
  {
    name: 'pid',
    type: 'integer',
    unit: null,
    doc: 'a process that works in what is covered or gone; null where none was seen',
    value: (it) => it.pid,
  },
];

const COLUMNS: readonly KernelColumn<MountEntry>[] = [
  {
    name: 'mount_namespace',
    type: 'u64',
    unit: null,
    doc: 'the inode of its mount namespace; of a mount that is gone, of the process that works on it; null where it may not be seen',
    source: '/proc/<pid>/ns/mnt',
    value: (it) => it.namespace.inode,
  },
  {
    name: 'mount_id',
    type: 'integer',
    unit: null,
    doc: 'its number, its own among all mounts of the machine that exist now',
    source: `${TABLE}, field 1`,
    value: (it) => it.id,
  },
  {
    name: 'parent_id',
    type: 'integer',
    unit: null,
    doc: "the mount that it is mounted on; a root's is in no table; null for a mount that is gone, as all of the table",
    source: `${TABLE}, field 2`,
    value: ({ mount }) => mount?.parentId ?? null,
  },
  {
    name: 'device',
    type: 'word',
    unit: null,
    doc: 'major:minor of its file system; of a mount that is gone what stat(2) says of its directory, or null',
    source: `${TABLE}, field 3`,
    value: ({ mount, device }) => mount?.device ?? device,
  },
  text('root', {
    field: 'field 4',
    doc: 'what of its file system is mounted: `/`, a directory, `mnt:[…]`; with //deleted behind it once removed',
    of: (it) => it.root,
  }),
  text('mount_point', {
    field: 'field 5',
    doc: 'where, as read_through finds it: below its own root',
    of: (it) => it.mountPoint,
  }),
  text('options', { field: 'field 6', doc: 'options of this mount', of: (it) => it.options }),
  {
    name: 'propagation',
    type: 'word',
    unit: null,
    doc: 'shared or private, with slave and unbindable behind it, as findmnt words it',
    source: `${TABLE}, field 7`,
    value: ({ mount }) => mount && propagationOf(mount),
  },
  text('optional_fields', {
    field: 'field 7',
    doc: 'shared:N, master:N, propagate_from:N, unbindable: its peer groups; empty without any',
    of: (it) => it.optionalFields.join(' '),
  }),
  text('fs_type', { field: 'field 9', doc: 'the type of its file system', of: (it) => it.fsType }),
  text('source', {
    field: 'field 10',
    doc: 'what was named when it was mounted: a device, server:/path, any word; empty where nothing was',
    of: (it) => it.source,
  }),
  text('super_options', {
    field: 'field 11',
    doc: 'options of the file system; a comma within a value stays \\054 and a backslash \\134',
    of: (it) => it.superOptions,
  }),
  {
    name: 'covered',
    type: 'boolean',
    unit: null,
    doc: 'whether its path leads to another mount, which lies on it or above it; null for one that is gone, and where the root is not seen',
    source: `${TABLE}, fields 1, 2 and 5`,
    value: (it) => it.covered,
  },
  {
    name: 'home',
    type: 'text',
    unit: null,
    doc: 'the home that home_mark is about; null without one, where it is not known, and where there are several',
    source: HOME_SOURCE,
    value: ({ homes }) => (homes.length === 1 ? (homes[0]?.name ?? null) : null),
  },
  {
    name: 'home_mark',
    type: 'word',
    unit: null,
    doc: "on: mounted on a home's path; over: it covers a home of that namespace, or from the process that works in it; gone: in no table that can be read (umount -l), while a process works on it that is on a terminal or of a session; null else, and where that cannot be told (home_mount_unseen)",
    source: HOME_SOURCE,
    value: ({ homes }) => markOf(homes),
  },
  {
    ...nested(
      { name: 'homes', type: 'list', unit: null, doc: 'every home that it is mounted on or over, or gone from under' },
      HOME,
      (it: MountEntry) => it.homes,
    ),
    source: HOME_SOURCE,
  },
  {
    name: 'read_through',
    type: 'integer',
    unit: null,
    doc: 'the process whose table has it; of a mount that is gone, a process that works on it',
    source: 'our choice: the lowest number whose root is that of the namespace',
    value: (it) => it.namespace.readThrough,
  },
  SESSION,
  ALL_SESSIONS,
];

/** Every mount of every mount namespace. */
export const MOUNTS = kernelRelation({
  name: 'mounts',
  row: 'a mount of a mount namespace',
  summary: 'every mount of every mount namespace, and the sessions that live there',
  doc:
    'One row a mount of each mount namespace that a process lives in, in the order of its table, escapes decoded; and one ' +
    'for each mount that was unmounted while a process works on it, with what is still known. Sessions are those with a ' +
    'process in that namespace. Not seen: namespaces that only a bind mount or an open descriptor of their file keeps, ' +
    'or only threads beside a living first one, and without root that of the kernel (kdevtmpfs); the first kind is counted (mount_namespace_unentered). Where every process ' +
    'of a namespace has a root of its own, only what lies below one of them (mount_namespace_partial). findmnt(8) shows ' +
    'the same, and decodes all of super_options.',
  needs:
    'nothing for the tables; of processes of other users CAP_SYS_PTRACE, to name their namespace, to tell that its table is whole, and to look at homes in it',
  shown: ['mount_namespace', 'mount_id', 'mount_point', 'fs_type', 'source', 'options', 'home', 'home_mark', 'session'],
  columns: COLUMNS,
  rows: readMounts,
});

/** The most telling of several. */
function markOf(homes: readonly MarkedHome[]): string | null {
  return (['gone', 'over', 'on'] as const).find((mark) => homes.some((it) => it.mark === mark)) ?? null;
}

function propagationOf({ optionalFields }: Mount): string {
  const has = (tag: string) => optionalFields.some((field) => field === tag || field.startsWith(`${tag}:`));
  const words = [has('shared') ? 'shared' : 'private'];
  if (has('master')) words.push('slave');
  if (has('unbindable')) words.push('unbindable');
  return words.join(',');
}
