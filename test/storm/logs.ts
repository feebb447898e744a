import type { World } from './world.ts';

/** What one program has read. */
export interface Log {
  /** The slot that it belongs to; null for one of a stranger beside all slots. */
  readonly slot: string | null;
  /** `session`, or what else has read it: `keeper`, `stranger`, `child`, `neighbour`. */
  readonly reader: string;
  /** `pid.start`. */
  readonly incarnation: string;
  /** Lines that Enter has completed, without it; a line end within a paste completes nothing. */
  readonly lines: readonly string[];
  /** What stands after the last Enter. */
  readonly rest: string;
}

/** All that was read anywhere. */
export function readLogs({ slots, strangers }: World): Log[] {
  const ofSlots = slots.flatMap((slot) => {
    return ['session', 'stranger', 'child', 'keeper'].flatMap((reader) => {
      return [...slot.receivers.received(reader)].map(([incarnation, text]) => {
        return toLog(slot.name, reader, incarnation, text);
      });
    });
  });
  const ofStrangers = ['a', 'b', 'pty'].flatMap((log) => {
    return [...strangers.received(log)].map(([incarnation, text]) => toLog(null, 'neighbour', incarnation, text));
  });
  return [...ofSlots, ...ofStrangers];
}

/** How many SIGUSR1 each incarnation has got, whatever programs it ran. */
export function readSignals({ slots, strangers }: World): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const maps = [
    ...slots.flatMap(({ receivers }) => ['session', 'stranger', 'child'].map((log) => receivers.signals(log))),
    ...['a', 'b', 'pty'].map((log) => strangers.signals(log)),
  ];
  for (const [key, count] of maps.flatMap((map) => [...map])) counts.set(key, (counts.get(key) ?? 0) + count);
  return counts;
}

/** Stands for a CR within a paste. */
const HELD = '\0';

function toLog(slot: string | null, reader: string, incarnation: string, text: string): Log {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks of a paste begin with ESC
  const masked = text.replace(/\x1b\[200~[\s\S]*?\x1b\[201~/g, (paste) => paste.replaceAll('\r', HELD));
  const pieces = masked.split(/[\r\n]/).map((line) => line.replaceAll(HELD, '\r'));
  return { slot, reader, incarnation, lines: pieces.slice(0, -1), rest: pieces.at(-1) ?? '' };
}
