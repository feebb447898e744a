/** Of a program that is used for a moment alone: nothing in it is compiled well. */
const NEVER = 2_000_000_000;

/**
 * The embedded Postgres is a program of WebAssembly, used for a moment: compiling it well takes longer than running it
 * badly, and the program would wait for the compiler at its end. Measured: 0.33 s instead of 0.5 s, 114 MB instead of
 * 162 MB (docs/performance.md). Call it before the program is loaded.
 * @param budget how much a function may run, in V8's units, before it is compiled well; without it that never happens
 */
export async function compileLazily(budget = NEVER): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
}
