import type { HomePath, HomePattern, HomeSpec } from '../model/home.ts';
import { fromProgram, mistake, type Origin } from './origin.ts';
import { startsAsPath, tidyPath, wholePath } from './paths.ts';

/** No directory's name is longer, and so no pattern gives a longer one. */
const NAME_BYTES = 255;

/** `name = path`: everything before the first `=` is the name, unless the entry begins like a path. */
const NAMED = /^([^=]*)=([\s\S]*)$/;

/**
 * Reads where sessions live, as it is written in `homes` and after `--home`.
 * An entry is a pattern with exactly one `*`, which stands for the session's name and matches within one part of the
 * path (`/srv/agents/*`, `/srv/agent-*`, `/home/*-bot/work`), or `name = path` for a single directory. Nothing is looked
 * at here: whether the directories exist is asked of the kernel in each look.
 *
 * Shape: one HomeSpec an entry, in the order given
 * @param entries patterns, or `name = path`; paths are absolute
 * @param origin where the entries were written, for the errors; default: the array that the caller passed
 * @throws {PlumblineError} `usage` (or `config`, for a file) that names the entry and says what to write instead
 * @example
 * const { sessions } = await observe({ homes: parseHomes(['/srv/agents/*', 'db = /var/lib/db']) });
 */
export function parseHomes(entries: readonly string[], origin: Origin = fromProgram('homes')): HomeSpec[] {
  return entries.map((entry, index) => parseEntry(entry, index, origin));
}

/** Reads one directory under a name of its own: `ada = "/srv/ada"` in a table of homes. */
export function namedHome(entry: { name: string; path: string }, index: number, origin: Origin): HomePath {
  const { name } = entry;
  if (name === '') throw mistake(origin, index, 'the name is empty', 'write name = path');
  if (name.includes('/')) {
    const hint = 'a name is one word for the session; a path begins with / or ./';
    throw mistake(origin, index, `a name cannot hold a /, and this one is ${JSON.stringify(name)}`, hint);
  }
  if (Buffer.byteLength(name) > NAME_BYTES) {
    throw mistake(origin, index, `the name has more than ${NAME_BYTES} bytes`, 'a short name stands for a long path');
  }
  refuseNul(name, index, origin);
  const path = wholePath(entry.path, index, origin);
  if (path.includes('*')) {
    const hint = `write the pattern alone, without ${name} =; the * then stands for the name`;
    throw mistake(origin, index, `a named home is one directory, and ${path} holds a *`, hint);
  }
  return { kind: 'path', name, path: tidyPath(path), origin: origin.describe(index) };
}

function parseEntry(entry: string, index: number, origin: Origin): HomeSpec {
  const [, name, path] = startsAsPath(entry) ? [] : (NAMED.exec(entry) ?? []);
  if (name === undefined || path === undefined) return pattern(entry, index, origin);
  return namedHome({ name: name.trim(), path: path.trim() }, index, origin);
}

function pattern(entry: string, index: number, origin: Origin): HomePattern {
  const path = tidyPath(wholePath(entry, index, origin));
  const stars = path.split('*').length - 1;
  if (stars === 0) {
    const hint = `write ${path === '/' ? '' : path}/* for every directory in it, or NAME = ${path} for that one`;
    throw mistake(origin, index, `the pattern ${path} has no *`, hint);
  }
  if (stars > 1) {
    const hint = 'exactly one * stands for the name; write one entry for each place';
    throw mistake(origin, index, `the pattern ${path} has ${stars} *`, hint);
  }
  const parts = path.slice(1).split('/');
  const place = parts.findIndex((part) => part.includes('*'));
  const [prefix = '', suffix = ''] = parts[place]?.split('*') ?? [];
  const rest = parts.slice(place + 1).join('/');
  return {
    kind: 'pattern',
    pattern: path,
    directory: `/${parts.slice(0, place).join('/')}`,
    prefix,
    suffix,
    rest: rest && `/${rest}`,
    origin: origin.describe(index),
  };
}

function refuseNul(text: string, index: number, origin: Origin): void {
  if (text.includes('\0')) throw mistake(origin, index, 'it holds a NUL byte', 'no file or name can hold one');
}
