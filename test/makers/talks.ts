import fs from 'node:fs';
import path from 'node:path';
import { frontend, type Named } from '../../src/sql/protocol/frontend.ts';

/** What a client says at once: one query, or messages up to a Sync. */
interface Step {
  readonly label: string;
  readonly frames: readonly Uint8Array[];
}

/** What a client says in one connection. */
export interface Talk {
  readonly name: string;
  readonly steps: readonly Step[];
}

const DIRECTORY = path.join(import.meta.dirname, '../fixtures/talks');

/**
 * The talks of a file: `# name`, and a step a line below. A line is a query; `.` an empty one, `\n` the end of a line in it.
 * After `>` it is messages of the extended protocol with ` | ` between them, and a Sync follows:
 *
 * - `parse NAME types 23,0 = TEXT`, `bind PORTAL < STATEMENT ["4", null] in 1 out 0,1` (`\\x0a`: bytes)
 * - `execute PORTAL ROWS`, `describe statement NAME`, `close portal NAME`, `query TEXT`
 *
 * What is not said is left out: there are names that are empty, and lists.
 */
export function talksIn(file: string): readonly Talk[] {
  const text = fs.readFileSync(path.join(DIRECTORY, file), 'utf8');
  return text
    .split(/^# /m)
    .slice(1)
    .map((part) => {
      const [name = '', ...lines] = part.split('\n');
      return { name, steps: lines.filter((line) => line !== '').map(stepOf) };
    });
}

function stepOf(line: string): Step {
  if (!line.startsWith('> ')) {
    return { label: line, frames: [frontend.query(line === '.' ? '' : line.replaceAll('\\n', '\n'))] };
  }
  return { label: line, frames: [...line.slice(2).split(' | ').map(messageOf), frontend.sync()] };
}

function messageOf(said: string): Uint8Array {
  const [word = '', what = '', name = ''] = said.split(' ');
  if (word === 'query') return frontend.query(said.slice('query '.length));
  if (word === 'execute')
    return frontend.execute(/^\d*$/.test(what) ? '' : what, Number(said.match(/ (\d+)$/)?.[1] ?? 0));
  if (word === 'describe') return frontend.describe(what as Named, name);
  if (word === 'close') return frontend.close(what as Named, name);
  return word === 'parse' ? parseOf(said) : bindOf(said);
}

function parseOf(said: string): Uint8Array {
  const [, name = '', types = '', text] = /^parse ?(\w*)(?: ?types ([\d,]+))? = ?(.*)$/.exec(said) ?? [];
  if (text === undefined) throw new Error(`no message: ${said}`);
  return frontend.parse(name, text, numbers(types));
}

function bindOf(said: string): Uint8Array {
  const pattern = /^bind(?: (?!in|out)(\w+))?(?: < (\w+))?(?: (\[.*\]))?(?: in ([\d,]+))?(?: out ([\d,]+))?$/;
  const found = pattern.exec(said);
  if (found === null) throw new Error(`no message: ${said}`);
  const [, portal = '', statement = '', values = '[]', given = '', wanted = ''] = found;
  const parameters = (JSON.parse(values) as (string | null)[]).map((it) => {
    if (it === null) return null;
    return it.startsWith('\\x') ? Buffer.from(it.slice(2), 'hex') : Buffer.from(it);
  });
  return frontend.bind({
    portal,
    statement,
    parameterFormats: numbers(given),
    parameters,
    resultFormats: numbers(wanted),
  });
}

function numbers(list: string): readonly number[] {
  return list === '' ? [] : list.split(',').map(Number);
}
