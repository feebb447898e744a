import type { Random } from '../makers/random.ts';

/** What is to be typed. */
export interface StormText {
  readonly text: string;
  readonly paste: boolean;
  /** As it is expected to arrive, byte by byte as latin1. */
  readonly typed: string;
}

/** What shells, tmux, screen and terminals make something of. */
const ODDITIES = [
  ...['$HOME', '`id`', '$(id)', "'", '"', '\\', '\\015', '^M', '^[', '~', '!!', '|', '&', '>', '#', '*', '  '],
  ...[
    '#{pane_id}',
    '%7',
    '{',
    '}',
    ',',
    'Enter',
    'C-c',
    '--',
    'ä',
    '日本語',
    '🙂',
    'e\u0301',
    '\u200b',
    '\u00a0',
    'exit',
    ':',
  ],
];
const ENDS = [';', ';;', '\\', '\\;', '$', '^', ' ', '"', "'", '#', '\\\\', '-'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The mark by which a text is known again: in every line of it. */
export function mark(id: number): string {
  return `<${id}>`;
}

/** The numbers of the acts whose marks stand in what was read. */
export function marksIn(read: string): number[] {
  return [...read.matchAll(/<(\d+)>/g)].map(([, digits]) => Number(digits));
}

/** A text of its own for an act; in line mode one line that the terminal can hold. */
export function stormText(random: Random, id: number, limits: { readonly mostBytes: number; readonly paste: boolean }) {
  const dice = random.next();
  if (dice < 0.05) return plain(random.pick([...LETTERS]));
  if (dice < 0.1) return plain(`-${mark(id)}`);
  if (dice < 0.2) return plain(`${mark(id)}${random.pick(ENDS)}`);
  if (dice < 0.28 && limits.paste) return pasted(random, id);
  const size = dice < 0.9 ? random.between(8, 200) : dice < 0.97 ? 3000 : dice < 0.99 ? 20_000 : 100_000;
  return plain(`${mark(id)}${filling(random, Math.min(size, limits.mostBytes) - 16)}${random.pick(['', ...ENDS])}`);
}

function filling(random: Random, bytes: number): string {
  const pieces: string[] = [];
  for (let left = Math.max(bytes, 1); left > 0; ) {
    const piece = random.pick(ODDITIES);
    pieces.push(Buffer.byteLength(piece) <= left ? piece : 'x');
    left -= Buffer.byteLength(pieces.at(-1) ?? 'x');
  }
  return pieces.join('');
}

function plain(text: string): StormText {
  return { text, paste: false, typed: Buffer.from(text).toString('latin1') };
}

function pasted(random: Random, id: number): StormText {
  const lines = Array.from({ length: random.between(2, 5) }, () => `${mark(id)}${random.pick(ODDITIES)}\t.`);
  const typed = `\x1b[200~${lines.join('\r')}\x1b[201~`;
  return { text: lines.join('\n'), paste: true, typed: Buffer.from(typed).toString('latin1') };
}
