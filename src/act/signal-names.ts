import os from 'node:os';

/** A signal as it is sent and as it is called. */
export interface SignalName {
  readonly number: number;
  /** `SIGTERM`; `SIG34` for one that has only a number. */
  readonly name: string;
}

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(os.constants.signals));
const LARGEST = 64;
/** As glibc and musl count: the first ones are their own. */
const RTMIN = 34;
const RTMAX = LARGEST;

/** Two names of one number: what is told is the one that people know. */
const NAMES: ReadonlyMap<number, string> = new Map(
  [...NUMBERS]
    .filter(([name]) => name !== 'SIGIOT' && name !== 'SIGPOLL' && name !== 'SIGUNUSED')
    .map(([a, b]) => [b, a]),
);

/** The names of the signals that have one, without SIG. */
export const SIGNAL_WORDS: readonly string[] = [...NUMBERS.keys()].map((name) => name.slice('SIG'.length));

/** Reads `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3`; null for what is no signal, and for 0, which sends none. */
export function readSignal(word: string): SignalName | null {
  const plain = word.toUpperCase().replace(/^SIG/, '');
  if (/^\d{1,2}$/.test(word)) return signalOf(Number(word));
  const [, end, sign, offset = '0'] = /^RTM(IN|AX)(?:([+-])(\d{1,2}))?$/.exec(plain) ?? [];
  if (end !== undefined) {
    const number = (end === 'IN' ? RTMIN : RTMAX) + (sign === '-' ? -1 : 1) * Number(offset);
    return number < RTMIN ? null : signalOf(number);
  }
  const number = NUMBERS.get(`SIG${plain}`);
  return number === undefined ? null : signalOf(number);
}

/** What a signal's number is called. */
export function signalOf(number: number): SignalName | null {
  if (!Number.isInteger(number) || number < 1 || number > LARGEST) return null;
  return { number, name: NAMES.get(number) ?? `SIG${number}` };
}
