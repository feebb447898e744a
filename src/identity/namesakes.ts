import type { ProcessFacts } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { Rejected } from './candidates.ts';
import type { HomeIndex } from './home-of.ts';
import { programOf } from './program.ts';

const DELETED = ' (deleted)';

/**
 * Processes whose working directory had this home's path and was deleted: a new directory of the same name is
 * another home. Told apart by the link count, since a living directory may be called `ada (deleted)`.
 */
export function namesakes(
  home: { readonly path: ByteString },
  look: { readonly homes: HomeIndex; readonly facts: ReadonlyMap<number, ProcessFacts> },
): Omit<Rejected, 'home'>[] {
  const found: Omit<Rejected, 'home'>[] = [];
  for (const facts of look.facts.values()) {
    if (facts.cwd?.kind !== 'value') continue;
    const cwd = facts.cwd.value;
    if (!cwd.deleted || cwd.path === null || !isBelow(cwd.path, home.path) || look.homes.of(cwd)) continue;
    const reason = 'its working directory was deleted, and the home of that name is another directory';
    found.push({ facts, program: programOf(facts), role: 'home_deleted', reason });
  }
  return found;
}

function isBelow(deletedPath: ByteString, home: ByteString): boolean {
  if (!deletedPath.endsWith(DELETED)) return false;
  const path = deletedPath.slice(0, -DELETED.length);
  return path === home || path.startsWith(`${home}/`);
}
