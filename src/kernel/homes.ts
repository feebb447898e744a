import { PlumblineError } from '../model/errors.ts';
import { type AbsentHome, type Home, type HomePattern, type HomeSpec, nameInPattern } from '../model/home.ts';
import type { Outcome } from '../model/outcome.ts';
import { type ByteString, fromUtf8, toText } from '../model/text.ts';
import { CarefulFiles } from './careful-files.ts';
import type { CoverageLog } from './coverage.ts';
import type { Machine } from './machine.ts';
import type { MountTable } from './mounts.ts';
import type { FileStat } from './procfs.ts';

/** The configured homes as the kernel knows them now. */
export interface ResolvedHomes {
  readonly homes: readonly Home[];
  readonly absent: readonly AbsentHome[];
  /** Patterns that match no directory: likely a slip of the pen. */
  readonly unmatched: readonly string[];
  /** Whether a pattern's directory could not be read: homes may be there that are in neither list. */
  readonly hidesMore: boolean;
  /** Whether one of them lies on a file system that may hang. */
  readonly remote: boolean;
}

/** A path that the configuration names, before it was looked at. */
interface Place {
  readonly name: ByteString;
  readonly path: ByteString;
  readonly origin: string;
  /** Null for one that was named; a match of a pattern that is no directory is simply no home. */
  readonly pattern: HomePattern | null;
}

/**
 * Finds the homes and their dev:ino.
 *
 * Source: readdir(3) and stat(2) on the configured paths
 * Needs:  search permission up to each home; otherwise it is reported as denied
 * @param mounts our own mount table; null makes every path one that may hang
 * @throws {PlumblineError} `config` where two homes have one name or are one directory
 */
export async function resolveHomes(
  machine: Machine,
  specs: readonly HomeSpec[],
  { mounts, log }: { readonly mounts: MountTable | null; readonly log: CoverageLog },
): Promise<ResolvedHomes> {
  const files = new CarefulFiles(machine, mounts);
  const places: Place[] = [];
  const unmatched: string[] = [];
  let hidesMore = false;
  for (const spec of specs) {
    if (spec.kind === 'path') {
      places.push(placeOf(spec));
      continue;
    }
    const found = await matches(files, spec);
    if (found === 'unreadable') {
      hidesMore = true;
      log.addCount('home_unreadable', 1);
    } else if (found.length === 0) unmatched.push(spec.pattern);
    else places.push(...found);
  }
  const stats = await files.statAll(places.map((place) => place.path));
  const homes: Home[] = [];
  const absent: AbsentHome[] = [];
  const origins = new Origins();
  for (const [index, place] of places.entries()) {
    const stat = stats[index] as Outcome<FileStat>;
    const problem = problemOf(stat);
    if (problem !== null && place.pattern !== null && problem !== 'denied' && problem !== 'timeout') continue;
    origins.claimName(place);
    if (stat.kind !== 'value' || problem !== null) {
      absent.push({ name: place.name, path: place.path, problem: problem ?? 'missing' });
      continue;
    }
    const home = { name: place.name, path: place.path, dev: stat.value.dev, ino: stat.value.ino };
    origins.claimDirectory(home, place);
    homes.push(home);
  }
  const unreadable = absent.filter(({ problem }) => problem === 'denied' || problem === 'timeout').length;
  if (unreadable > 0) log.addCount('home_unreadable', unreadable);
  return { homes, absent, unmatched, hidesMore, remote: files.metRemote };
}

function placeOf(spec: Extract<HomeSpec, { kind: 'path' }>): Place {
  return { name: fromUtf8(spec.name), path: fromUtf8(spec.path), origin: spec.origin, pattern: null };
}

async function matches(files: CarefulFiles, spec: HomePattern): Promise<Place[] | 'unreadable'> {
  const directory = fromUtf8(spec.directory);
  const rest = fromUtf8(spec.rest);
  const names = await files.list(directory);
  if (names.kind !== 'value') {
    const isAbsent = names.kind === 'gone' || (names.kind === 'unsupported' && names.errno === 'ENOTDIR');
    return isAbsent ? [] : 'unreadable';
  }
  return names.value.flatMap((entry) => {
    const name = nameInPattern(entry, spec);
    const path = `${directory === '/' ? '' : directory}/${entry}${rest}`;
    return name === null ? [] : [{ name, path, origin: spec.origin, pattern: spec }];
  });
}

function problemOf(stat: Outcome<FileStat>): AbsentHome['problem'] | null {
  if (stat.kind === 'value') return stat.value.isDirectory ? null : 'not_a_directory';
  if (stat.kind === 'gone') return 'missing';
  if (stat.kind === 'unsupported' && stat.errno === 'ENOTDIR') return 'not_a_directory';
  return stat.kind === 'timeout' ? 'timeout' : 'denied';
}

/** Remembers who claimed what first, so that a clash names both. */
class Origins {
  readonly #byName = new Map<ByteString, Place>();
  readonly #byDirectory = new Map<string, Place>();

  claimName(place: Place): void {
    this.#claim(this.#byName, place.name, place, 'have one name');
  }

  claimDirectory(home: Home, place: Place): void {
    this.#claim(this.#byDirectory, `${home.dev}:${home.ino}`, place, `are one directory (${home.dev}:${home.ino})`);
  }

  #claim(owners: Map<string, Place>, key: string, place: Place, clash: string): void {
    const first = owners.get(key);
    if (!first) {
      owners.set(key, place);
      return;
    }
    throw new PlumblineError('config', `two homes ${clash}: ${describe(first)} and ${describe(place)}`, {
      hint: 'a home is one session: name each directory once, under one name',
    });
  }
}

function describe({ name, path, origin }: Place): string {
  return `${toText(name).text} at ${toText(path).text} (${origin})`;
}
