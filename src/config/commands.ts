import { mistake, type Origin } from './origin.ts';

/**
 * Checks the names of the programs that are sessions.
 * A name is compared with what the kernel calls a program, so a path, an argument or a pattern would never match, and
 * every home would look empty without a word.
 * @throws {PlumblineError} where a name can match nothing
 */
export function parseCommands(names: readonly string[], origin: Origin): string[] {
  return names.map((name, index) => {
    const bare = name.trim();
    if (bare === '') throw mistake(origin, index, 'the name is empty', 'write the name of a program, like claude');
    if (bare.includes('\0')) throw mistake(origin, index, 'it holds a NUL byte', 'no program has such a name');
    if (bare.includes('/')) {
      const last = bare.slice(bare.lastIndexOf('/') + 1);
      const hint = `write its name alone${last === '' ? '' : `: ${last}`}`;
      throw mistake(origin, index, `${bare} is a path, and a program is known by its name`, hint);
    }
    if (bare.includes('*') && bare !== '*') {
      const hint = 'write every name, or * alone for any program but a shell, a multiplexer or a launcher';
      throw mistake(origin, index, `${bare} is a pattern, and names are compared whole`, hint);
    }
    return bare;
  });
}
