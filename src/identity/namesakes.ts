import { type AbsentHome, type HomePattern, nameInPattern } from '../model/home.ts';
import type { ProcessFacts } from '../model/process.ts';
import { type ByteString, fromUtf8 } from '../model/text.ts';
import type { Rejected } from './candidates.ts';
import type { CommandRule } from './commands.ts';
import type { HomeIndex } from './home-of.ts';
import { programOf } from './program.ts';

const DELETED = ' (deleted)';

/** A process whose working directory was deleted, and lies in no home. */
export interface Homeless {
  readonly facts: ProcessFacts;
  /** The path that the directory had. */
  readonly path: ByteString;
}

/**
 * The processes that stand in a deleted directory. Told by the link count, since a living directory may be called
 * `ada (deleted)`.
 */
export function homelessOf(facts: Iterable<ProcessFacts>, homes: HomeIndex): Homeless[] {
  const found: Homeless[] = [];
  for (const it of facts) {
    const cwd = it.cwd?.kind === 'value' ? it.cwd.value : null;
    if (!cwd?.deleted || !cwd.path?.endsWith(DELETED) || homes.of(cwd)) continue;
    found.push({ facts: it, path: cwd.path.slice(0, -DELETED.length) });
  }
  return found;
}

/**
 * Those of a deleted home of this path: a new directory of the same name is another home. Only a program that can be a
 * session is one that has lost its home: others are not always looked at, and what is made of them must not depend on that.
 */
export function namesakes(
  home: { readonly path: ByteString },
  homeless: readonly Homeless[],
  { now, commands }: { readonly now: 'another directory' | 'gone'; readonly commands: Pick<CommandRule, 'match'> },
): Omit<Rejected, 'home'>[] {
  return homeless
    .filter(({ path }) => path === home.path || path.startsWith(`${home.path}/`))
    .map(({ facts }) => {
      const program = programOf(facts);
      const role = commands.match(program) === null ? 'other_program' : 'home_deleted';
      const reason = `its working directory was deleted, and the home of that name is ${now}`;
      return { facts, program, role, reason };
    });
}

/**
 * Homes that a pattern would have if they were still there: somebody stands in a directory of such a path that was
 * deleted. Without these, a name that ran a moment ago would be a name that nobody knows.
 */
export function deletedHomes(
  homeless: readonly Homeless[],
  patterns: readonly HomePattern[],
  known: readonly { readonly name: ByteString }[],
): AbsentHome[] {
  const names = new Set(known.map(({ name }) => name));
  const found = new Map<ByteString, AbsentHome>();
  for (const pattern of patterns) {
    for (const { path } of homeless) {
      const home = homeInPattern(path, pattern);
      if (home && !names.has(home.name)) found.set(home.name, home);
    }
  }
  return [...found.values()];
}

function homeInPattern(path: ByteString, pattern: HomePattern): AbsentHome | null {
  const directory = pattern.directory === '/' ? '/' : `${fromUtf8(pattern.directory)}/`;
  const rest = fromUtf8(pattern.rest);
  if (!path.startsWith(directory)) return null;
  const [entry = ''] = path.slice(directory.length).split('/', 1);
  const home = `${directory}${entry}${rest}`;
  const name = nameInPattern(entry, pattern);
  if (name === null || (path !== home && !path.startsWith(`${home}/`))) return null;
  return { name, path: home, problem: 'missing' };
}
