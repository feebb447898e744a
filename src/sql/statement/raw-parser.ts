import create, { type ParserModule } from 'libpg-query/wasm/libpg-query.js';
import { SqlError } from '../sql-error.ts';
import { tooDeep } from './text-limits.ts';

/** A statement as libpg_query tells it: places and lengths are bytes of UTF-8; no length: up to the end of the text. */
export interface RawStatement {
  readonly stmt: Readonly<Record<string, unknown>>;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** How often a parser may run out of stack, while another one is being made. */
const MAX_DAMAGES = 8;

/**
 * Postgres's own parser, compiled to WebAssembly.
 *
 * It writes its tree by recursion. Where that runs out of stack, some of its memory is lost each time, and after some forty
 * times it is broken for good (tried). So a parser to which that has happened is replaced, and goes on until then.
 * libpg-query itself has one alone, which cannot be made anew; hence its module is taken directly.
 */
export class RawParser {
  #module: ParserModule;
  #damages = 0;
  #isReplacing = false;

  private constructor(module: ParserModule) {
    this.#module = module;
  }

  static async open(): Promise<RawParser> {
    return new RawParser(await create());
  }

  /** @throws {SqlError} `42601` and others of its kind, `54001` too deep, `57P03` too deep too often in one moment */
  parse(text: string): readonly RawStatement[] {
    if (this.#damages >= MAX_DAMAGES) {
      this.#replace();
      throw new SqlError('57P03', 'the parser is being started anew after statements that were too deep', {
        hint: 'Send it again.',
      });
    }
    try {
      return parseWith(this.#module, text);
    } catch (error) {
      if (error instanceof SqlError) throw error;
      this.#damages++;
      this.#replace();
      if (error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError')) throw tooDeep();
      throw error;
    }
  }

  #replace(): void {
    if (this.#isReplacing) return;
    this.#isReplacing = true;
    const replaced = create().then((module) => {
      this.#module = module;
      this.#damages = 0;
    });
    const done = () => {
      this.#isReplacing = false;
    };
    // Where there is no memory for another one, it is tried again at the next statement that needs it.
    replaced.then(done, done);
  }
}

function parseWith(module: ParserModule, text: string): readonly RawStatement[] {
  const size = module.lengthBytesUTF8(text) + 1;
  const pointer = module._malloc(size);
  module.stringToUTF8(text, pointer, size);
  const result = module._wasm_parse_query_raw(pointer);
  module._free(pointer);
  // PgQueryParseResult: the tree, what went to stderr, the error.
  const [tree = 0, , error = 0] = words(module, result, 3);
  try {
    if (error !== 0) throw errorOf(module, error);
    const parsed: { readonly stmts: readonly RawStatement[] } = JSON.parse(module.UTF8ToString(tree));
    return parsed.stmts;
  } finally {
    module._wasm_free_parse_result(result);
  }
}

/** PgQueryError: message, function, file, line, position in characters from 1 (0: none). */
function errorOf(module: ParserModule, pointer: number): SqlError {
  const [message = 0, , , , position = 0] = words(module, pointer, 5);
  const said = module.UTF8ToString(message);
  if (said.startsWith('memory exhausted')) return tooDeep();
  return new SqlError(sqlStateOf(said), said, position > 0 ? { position } : {});
}

function words(module: ParserModule, pointer: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => module.getValue(pointer + 4 * index, 'i32'));
}

/** libpg_query does not tell it. What its grammar throws is of syntax, but for these. */
const OTHER_STATES: readonly (readonly [RegExp, string])[] = [
  [/^invalid byte sequence/, '22021'],
  [/^invalid escape sequence|^invalid Unicode escape character/, '22025'],
  [/^unsafe use of/, '22P06'],
  [/^frame (?:start|end)|^frame starting/, '42P20'],
  [/not yet implemented/, '0A000'],
  [/^stack depth/, '54001'],
];

function sqlStateOf(message: string): string {
  return OTHER_STATES.find(([pattern]) => pattern.test(message))?.[1] ?? '42601';
}
