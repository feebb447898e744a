import { PlumblineError } from '../../src/model/errors.ts';
import { type ObserveOptions, observe } from '../../src/observe.ts';

// The program that observe-elsewhere.ts runs as another user or in another namespace.
const options = JSON.parse(globalThis.process.argv[2] ?? '{}') as ObserveOptions;
const answer = await observe(options).catch((error: unknown) => {
  if (error instanceof PlumblineError) return { error: { code: error.code, message: error.message } };
  throw error;
});
const bigintsAsText = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
globalThis.process.stdout.write(`${JSON.stringify(answer, bigintsAsText)}\n`);
