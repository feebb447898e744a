/**
 * Stories: machines told in a few lines, with the expected answer below.
 *
 *   homes /srv/agents/*            one or more; none means zero configuration
 *   commands claude codex          none: whatever runs in a home is listed
 *   dir /srv/agents/ada            a directory (parents of a cwd are made by themselves)
 *   dir /srv/agents/bea was=/srv/agents/ada   the same directory as before, renamed; `at=` says so of a process in it
 *   absent /srv/gone               nothing is there
 *   denied /srv/secret             neither to be listed nor looked at
 *   proc 100 bash ppid=1 tty=pts/0 fg cwd=/srv/agents/ada argv="claude --resume"
 *
 *   proc 500 claude inner=12       in a pid namespace of its own, where its number is 12
 *
 *   row ada 110                    a registry's row names that process; see StoryRow
 *
 * A process leads its own group and, with `leader`, the kernel session of its terminal; `fg` puts its group in front.
 * `at=DIR` is where its cwd really is, when the link says something else (a bind mount, a container).
 */

import { parseHomes } from '../../src/config/parse-homes.ts';
import type { HomeSpec } from '../../src/model/home.ts';

export interface StoryProcess {
  readonly pid: number;
  readonly comm: string;
  readonly words: ReadonlySet<string>;
  readonly fields: ReadonlyMap<string, string>;
}

/** `row ada 110`, with `start=` (else the process's own), `exe=` (a path), `boot=other`, `written=` (a time), `pidns=` and `timens=`. */
export interface StoryRow {
  readonly name: string;
  readonly pid: number;
  readonly fields: ReadonlyMap<string, string>;
}

export interface Story {
  readonly title: string;
  readonly homes: readonly HomeSpec[];
  readonly commands: readonly string[] | null;
  readonly terminal: 'required' | 'optional';
  readonly directories: readonly string[];
  /** Directories that were under another path before: they keep its inode. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly processes: readonly StoryProcess[];
  readonly absent: readonly string[];
  readonly denied: readonly string[];
  /** Pids that the listing lacks though they exist. */
  readonly hidden: readonly number[];
  /** Rows of a registry: home name, pid, and what else they say. */
  readonly rows: readonly StoryRow[];
  readonly self: number;
  readonly expected: string;
}

/** Reads a story; a line that is not understood is an error, so that no fact is lost in silence. */
export function parseStory(text: string): Story {
  const [told = '', expected = ''] = text.split(/^expect$\n/m);
  const lines = told.split('\n').map((line) => line.trim());
  const title =
    lines
      .find((line) => line.startsWith('#'))
      ?.slice(1)
      .trim() ?? '';
  const facts = lines.filter((line) => line !== '' && !line.startsWith('#')).map(splitWords);
  const all = (verb: string) => facts.filter(([first]) => first === verb).map(([, ...rest]) => rest);
  const known = new Set(['homes', 'commands', 'terminal', 'dir', 'proc', 'hidden', 'row', 'self', 'absent', 'denied']);
  for (const [verb = ''] of facts) if (!known.has(verb)) throw new Error(`story: what is ${verb}?`);
  return {
    title,
    homes: parseHomes(all('homes').flat()),
    commands: all('commands')[0] ?? null,
    terminal: all('terminal')[0]?.[0] === 'optional' ? 'optional' : 'required',
    directories: all('dir').flatMap(([path = '']) => path),
    renamed: new Map(all('dir').flatMap(([path = '', was]) => (was ? [[path, was.replace('was=', '')] as const] : []))),
    absent: all('absent').flat(),
    denied: all('denied').flat(),
    processes: all('proc').map(parseProcess),
    hidden: all('hidden').flat().map(Number),
    rows: all('row').map(([name = '', pid, ...rest]) => ({ name, pid: Number(pid), ...splitFields(rest) })),
    self: Number(all('self')[0]?.[0] ?? 999),
    expected: expected.trim(),
  };
}

function parseProcess([pid, comm = '', ...rest]: string[]): StoryProcess {
  return { pid: Number(pid), comm, ...splitFields(rest) };
}

function splitFields(rest: readonly string[]) {
  const fields = new Map<string, string>();
  const words = new Set<string>();
  for (const word of rest) {
    const at = word.indexOf('=');
    if (at === -1) words.add(word);
    else fields.set(word.slice(0, at), word.slice(at + 1));
  }
  return { words, fields };
}

/** Splits at blanks; quotes keep blanks, and are taken off. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}
