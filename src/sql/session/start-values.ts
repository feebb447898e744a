import type { Engine } from '../engine/engine.ts';

/** What was asked of an engine: settings that a client begins with, by their names in lower case. */
export type Asked = ReadonlyMap<string, string>;

/** What it has answered: those, and all that are reported, as it writes them. */
export type Values = ReadonlyMap<string, string>;

/** So many different beginnings are kept; drivers have one each. */
const KEPT = 64;
const LONGEST_CHARACTERS = 1000;

const known = new WeakMap<Engine, Map<string, Values>>();

/**
 * Asks an engine what settings mean, once: it always says the same, and whoever connects need not wait for the statements of
 * others then. Of the two settings that nearly every client has, what they mean is known here.
 * @param ask asks the engine; what it throws is not kept
 */
export async function startValues(
  engine: Engine,
  asked: Asked,
  ask: (asked: Asked) => Promise<Values>,
): Promise<Values> {
  const plain = new Map([...asked].filter(([name, value]) => PLAIN[name]?.test(value)));
  const others = new Map([...asked].filter(([name]) => !plain.has(name)));
  const key = JSON.stringify([...others]);
  const answers = known.get(engine) ?? new Map<string, Values>();
  known.set(engine, answers);
  const values = answers.get(key) ?? (await ask(others));
  answers.delete(key);
  if (key.length <= LONGEST_CHARACTERS) answers.set(key, values);
  const oldest = answers.keys().next();
  if (answers.size > KEPT && !oldest.done) answers.delete(oldest.value);
  return new Map([...values, ...plain]);
}

/** Values that Postgres leaves as they are. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  application_name: /^[ -~]{0,63}$/,
  client_encoding: /^UTF8$/,
};
