import { type AST, parseTOML } from 'toml-eslint-parser';
import { PlumblineError } from '../model/errors.ts';

/** The keys from the top of a file down to a value: `['host', 'id']`, `['homes', 1]`. */
export type KeyPath = readonly (string | number)[];

/** A file's values, and the line that each of them stands on. */
export interface TomlDocument {
  readonly root: Readonly<Record<string, unknown>>;
  /** The line of a key or of an array's element, counted from 1; for what is not in the file, of its nearest parent. */
  lineOf(path: KeyPath): number;
}

type Container = Record<string | number, unknown>;

/**
 * Reads TOML and keeps the lines, which a plain parser throws away.
 * @param file its path, for errors
 * @throws {PlumblineError} `config` with the line where the text is no TOML
 */
export function parseToml(text: string, file: string): TomlDocument {
  const reader = new Reader(file);
  reader.table(parse(text, file));
  return reader;
}

/** A key as people write it: `homes[1]`, `host.id`. */
export function showPath(path: KeyPath): string {
  return path
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      return /^[\w-]+$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`;
    })
    .join('')
    .replace(/^\./, '');
}

function parse(text: string, file: string): AST.TOMLTopLevelTable {
  try {
    return parseTOML(text).body[0];
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('lineNumber' in error)) throw error;
    throw new PlumblineError('config', `line ${error.lineNumber} of ${file}: this is not TOML: ${error.message}`, {
      hint: 'text is written in quotes: homes = ["/srv/agents/*"]',
      cause: error,
    });
  }
}

class Reader implements TomlDocument {
  readonly root: Container = newTable();
  readonly #file: string;
  readonly #lines = new Map<string, number>();

  constructor(file: string) {
    this.#file = file;
  }

  lineOf(path: KeyPath): number {
    for (let length = path.length; length > 0; length--) {
      const line = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  }

  table(top: AST.TOMLTopLevelTable): void {
    for (const item of top.body) {
      if (item.type === 'TOMLKeyValue') {
        this.#keyValue(item, []);
        continue;
      }
      this.#place(item.resolvedKey, item.loc.start.line, newTable());
      for (const pair of item.body) this.#keyValue(pair, item.resolvedKey);
    }
  }

  #keyValue(pair: AST.TOMLKeyValue, parent: KeyPath): void {
    const path = [...parent, ...pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
    this.#content(pair.value, path, pair.loc.start.line);
  }

  #content(node: AST.TOMLContentNode, path: KeyPath, line: number): void {
    if (node.type === 'TOMLValue') {
      this.#place(path, line, node.value);
    } else if (node.type === 'TOMLArray') {
      this.#place(path, line, []);
      for (const [index, element] of node.elements.entries()) {
        this.#content(element, [...path, index], element.loc.start.line);
      }
    } else {
      this.#place(path, line, newTable());
      for (const pair of node.body) this.#keyValue(pair, path);
    }
  }

  /** Puts a value at its path; the parser has made sure that no key is defined twice. */
  #place(path: KeyPath, line: number, value: unknown): void {
    let container: Container = this.root;
    for (const [depth, key] of path.entries()) {
      this.#refuseProto(key, line);
      const id = JSON.stringify(path.slice(0, depth + 1));
      if (!this.#lines.has(id)) this.#lines.set(id, line);
      const isLast = depth === path.length - 1;
      if (isLast && isTable(value) && isTable(container[key])) return;
      if (isLast) container[key] = value;
      else container[key] ??= typeof path[depth + 1] === 'number' ? [] : newTable();
      // The cast holds: a parent is a table or an array that stands above, or the parser had refused the key.
      container = container[key] as Container;
    }
  }

  /** No check of the values' shape would see this key. */
  #refuseProto(key: string | number, line: number): void {
    if (key !== '__proto__') return;
    throw new PlumblineError('config', `line ${line} of ${this.#file}: a key cannot be called __proto__`);
  }
}

/** Without a prototype, so that a key called `constructor` is a key like any other. */
function newTable(): Container {
  return Object.create(null) as Container;
}

/** A table can be opened after its children were: `[host.x]`, then `[host]`. */
function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
}
