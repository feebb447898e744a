import { type Refusal, refuse } from '../model/refusal.ts';

/** How a text may be typed. */
export interface TextRules {
  /** Whether several lines are pasted: the caller vouches that the program takes bracketed paste. */
  readonly paste: boolean;
  /** Whether the program reads whole lines: the terminal holds one of so many bytes, and drops the rest. */
  readonly lineMode: boolean;
}

/** The most that is typed through a multiplexer. */
export const MOST_BYTES = 1024 * 1024;

/** The longest line that a terminal hands over, without its end (MAX_CANON of the kernel's N_TTY is 4096). */
const MOST_LINE_BYTES = 4095;

/** What a terminal sends around pasted text where the program has asked for it (DECSET 2004). */
const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/** What no text may hold: C0 and C1 control characters and DEL, whatever a program makes of them; TAB and LF aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]/u;

/**
 * The bytes that a text is typed as, without the Enter behind it; or why it may not be typed.
 * A control character is a key that somebody presses: ESC leads to commands and ends a bracketed paste, CR and LF
 * send a line, TAB completes. So there are none, but in a paste TAB and line ends, which arrive as CR, as from a
 * keyboard.
 */
export function typedBytes(text: string | Uint8Array, { paste, lineMode }: TextRules): Buffer | Refusal {
  const decoded = typeof text === 'string' ? text : decode(text);
  if (decoded === null) return refuse('text', 'the text is not UTF-8', { hint: 'convert it: iconv -t UTF-8' });
  if (/\p{Cs}/u.test(decoded))
    return refuse('text', 'the text holds half of a surrogate pair, which no bytes stand for');
  if (decoded === '') return refuse('text', 'there is nothing to type', { hint: 'an Enter alone is no nudge' });
  const control = CONTROLS.exec(decoded)?.[0];
  if (control !== undefined) {
    const what = `the text holds the control character U+${code(control)}`;
    return refuse('text', what, { hint: 'take it out: a control character is a key that somebody presses' });
  }
  if (!paste && /[\n\t]/.test(decoded)) {
    const what = decoded.includes('\n') ? 'the text has several lines' : 'the text holds a TAB, which completes';
    const hint = '--paste types it as one paste, if the program takes bracketed paste';
    return refuse('text', what, { hint });
  }
  const typed = paste ? `${PASTE_START}${decoded.replaceAll('\n', '\r')}${PASTE_END}` : decoded;
  const bytes = Buffer.from(typed);
  const most = lineMode ? MOST_LINE_BYTES : MOST_BYTES;
  if (bytes.length <= most) return bytes;
  return refuse('text', `the text has ${bytes.length} bytes, and ${most} are the most`, {
    hint: 'put it into a file, and type its name',
  });
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function code(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
