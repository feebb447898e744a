import fs from 'node:fs';
import type { InstalledPin, RequirementName } from '../../model/iterator.ts';
import { describeMissing } from '../../model/outcome.ts';
import { isRefusal, type Refusal, refuse } from '../../model/refusal.ts';
import type { Machine } from '../machine.ts';
import { type BpfCalls, loadBpfCalls } from '../native/bpf-calls.ts';
import type { BpfProgramInfo } from '../parse/bpf-info.ts';
import { checkReading } from './check-reading.ts';
import { type Libbpf, loadLibbpf } from './libbpf.ts';
import { type LoadedIterator, loadIterator, programOf } from './load-iterator.ts';
import { objectFile } from './object-file.ts';
import { inspectPin, type Pinned } from './pinned-program.ts';
import { PIN_NAMES, type PinName } from './pins.ts';
import { giveTo, prepareDirectory, unfinished } from './pins-mount.ts';
import { privileged } from './privileged.ts';
import { readRequirements, refuseFor } from './requirements.ts';

/** Where to pin, and who may read. */
export interface InstallOptions {
  readonly machine: Machine;
  /** On a BPF file system, or a directory where one can be mounted; absolute. */
  readonly directory: string;
  /** The number of the group that may read. */
  readonly group: number;
}

/** What was installed. */
export interface Installation {
  readonly outcome: 'installed';
  readonly directory: string;
  readonly isMounted: boolean;
  /** False where others have pinned there too: whether the group may enter is theirs to say. */
  readonly isOurs: boolean;
  /** Whether this mount namespace alone sees them: they go with it. */
  readonly isHidden: boolean;
  readonly pins: readonly InstalledPin[];
}

const PIN_MODE = 0o640;
const PATIENCE_MS = 30_000;

/** What can do without: its program sleeps, which iterators may since Linux 5.18. */
const MAY_LACK: ReadonlySet<PinName> = new Set(['arguments_text']);

/** What a finished pin needs nothing of, or what the directory may offer in another way. */
const NOT_NEEDED: ReadonlySet<RequirementName> = new Set(['mounting']);

/**
 * Brings the iterators into the kernel and pins them, for a group to read. What is right already stays as it is; a pin of
 * ours of another version is replaced in one step, so that whoever opens it finds the one or the other. What somebody
 * else has pinned under our names is left alone, and then nothing is done.
 *
 * Source: libbpf; bpf(2), mount(2), rename(2)
 * Needs:  root on the machine itself, with CAP_SYS_ADMIN and CAP_CHOWN
 */
export function installIterators(options: InstallOptions): Promise<Installation | Refusal> {
  return privileged('plumb bpf install', PATIENCE_MS, async () => {
    const requirements = await readRequirements({ procfs: options.machine.procfs, sys: '/sys' });
    const lacking = requirements.filter(({ what, answer }) => answer === 'no' && !NOT_NEEDED.has(what));
    if (lacking.length > 0) return refuseFor(lacking);
    const library = await loadLibbpf();
    if ('kind' in library) return refuse('unsupported', `libbpf does not load: ${library.why}`);
    const prepared = await prepareDirectory(options.directory, options.group);
    if (isRefusal(prepared)) return prepared;
    const pins = await pinAll(options, library);
    if (isRefusal(pins)) return pins;
    const { isMounted, isOurs, isHidden } = prepared;
    return { outcome: 'installed', directory: options.directory, isMounted, isOurs, isHidden, pins };
  });
}

async function pinAll({ directory, group }: InstallOptions, library: Libbpf): Promise<InstalledPin[] | Refusal> {
  const calls = await loadBpfCalls();
  const file = await objectFile();
  const foreign = whatIsForeign(calls, directory);
  if (foreign !== null) return foreign;
  const pins: InstalledPin[] = [];
  for (const name of PIN_NAMES) {
    const loaded = loadIterator(library, file, name);
    const isRefused = isRefusal(loaded);
    if (isRefused && !MAY_LACK.has(name)) return loaded;
    if (isRefused || loaded.kind === 'absent') {
      const why = isRefused ? loaded.message : 'the object that was built has none';
      pins.push({ name, change: 'left_out', why, reading: null });
      continue;
    }
    try {
      const pin = pinOne({ calls, place: `${directory}/${name}`, name, group, loaded });
      if (isRefusal(pin)) return pin;
      pins.push(pin);
    } finally {
      loaded.close();
    }
  }
  return pins;
}

/** Looked for before anything is changed, under the unfinished names as well. */
function whatIsForeign(calls: BpfCalls, directory: string): Refusal | null {
  for (const name of PIN_NAMES) {
    for (const place of [`${directory}/${name}`, `${directory}/${unfinished(name)}`]) {
      const pinned = inspectPin(calls, place, name);
      if (pinned.kind === 'foreign' || pinned.kind === 'unseen') return notOurs(place, pinned);
    }
  }
  return null;
}

function notOurs(place: string, { kind, why }: Extract<Pinned, { why: string }>): Refusal {
  const hint = 'whoever has put it there may take it away; --directory DIR pins elsewhere';
  return kind === 'foreign'
    ? refuse('foreign', `${place} is not of plumb: ${why}`, { hint })
    : refuse('denied', `${place} may not be looked into: ${why}`, { hint: 'run it as root with all capabilities' });
}

interface Pinning {
  readonly calls: BpfCalls;
  readonly place: string;
  readonly name: PinName;
  readonly group: number;
  readonly loaded: LoadedIterator;
}

function pinOne(pinning: Pinning): InstalledPin | Refusal {
  const { calls, place, name, loaded } = pinning;
  const program = programOf(calls, loaded.link.fd);
  if (program.kind !== 'value') {
    return refuse('unsupported', `the kernel does not say what it has loaded as ${name}: ${describeMissing(program)}`);
  }
  // What an attempt has left that was ended.
  fs.rmSync(unfinished(place), { force: true });
  const before = inspectPin(calls, place, name);
  if (before.kind === 'ours' && before.program.tag === program.value.tag) return keep(pinning, before);
  if (before.kind === 'foreign' || before.kind === 'unseen') return notOurs(place, before);
  return replace(pinning, before.kind === 'absent' ? 'pinned' : 'replaced', program.value);
}

/** The same program is there already. */
function keep({ place, name, group }: Pinning, before: Extract<Pinned, { kind: 'ours' }>): InstalledPin | Refusal {
  const isRight = before.gid === group && before.mode === PIN_MODE;
  const refused = isRight ? null : giveTo(place, group, PIN_MODE);
  return refused ?? checked(place, name, isRight ? 'kept' : 'corrected');
}

/** Pinned under another name, read once, and only then put where readers look. */
function replace(
  { place, name, group, loaded }: Pinning,
  change: 'pinned' | 'replaced',
  { tag }: BpfProgramInfo,
): InstalledPin | Refusal {
  const draft = unfinished(place);
  const failed = loaded.link.pin(draft);
  if (failed !== null) return refuse('unsupported', `${name} (${tag}) cannot be pinned as ${draft}: ${failed.errno}`);
  const pin = giveTo(draft, group, PIN_MODE) ?? checked(draft, name, change);
  if (isRefusal(pin)) fs.unlinkSync(draft);
  else fs.renameSync(draft, place);
  return pin;
}

function checked(place: string, name: PinName, change: InstalledPin['change']): InstalledPin | Refusal {
  const reading = checkReading(place, name);
  if (reading.kind === 'value') return { name, change, why: '', reading: reading.value };
  return refuse('unsupported', `${place} does not give a whole reading: ${describeMissing(reading)}`, {
    hint: 'please report it with this text and the version of the kernel',
  });
}
