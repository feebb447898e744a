import { SqlError } from '../../sql/sql-error.ts';

/**
 * Reads what `options` of a startup message sets: `-c name=value`, `--name=value`; words are parted by spaces, and a backslash
 * takes the next character as it is. In a name that is given with `--`, `-` stands for `_`, as in Postgres.
 * @throws {SqlError} `42601`, fatal, for any other switch
 */
export function optionsParameter(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const words = wordsOf(text);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word.startsWith('--') && word.length > 2) {
      const [name, value] = setting(word.slice(2), `--${word.slice(2)}`);
      found.set(name.replaceAll('-', '_'), value);
    } else if (word.startsWith('-c')) {
      const [name, value] = setting(word === '-c' ? (words[++at] ?? '') : word.slice(2), '-c');
      found.set(name.replaceAll('-', '_'), value);
    } else {
      throw wrong(`invalid command-line argument for server process: ${word}`);
    }
  }
  return found;
}

function setting(text: string, option: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw wrong(`${option} requires a value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** As pg_split_opts() parts them. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (/[ \t\n\v\f\r]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\') {
      at++;
      word = (word ?? '') + (text[at] ?? '');
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

function wrong(message: string): SqlError {
  const hint = 'options can hold -c name=value and --name=value';
  return new SqlError('42601', message, { hint, isFatal: true });
}
