/** The module that libpg-query wraps, and of which it has one alone; it tells no types of it. */
declare module 'libpg-query/wasm/libpg-query.js' {
  /** A parser with a memory of its own. */
  export interface ParserModule {
    _malloc(size: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, size: number): void;
    UTF8ToString(pointer: number): string;
    getValue(pointer: number, type: 'i32'): number;
  }
  const create: () => Promise<ParserModule>;
  export default create;
}
