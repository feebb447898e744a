import type { Session } from '../model/session.ts';
import { fromUtf8, type Text, toBytes } from '../model/text.ts';

/** The texts of a session that a condition can be about. */
export const TEXT_KEYS = ['name', 'command', 'cwd', 'home', 'terminal'] as const;

/** What a session has to be like. */
export type Condition =
  /** One of its texts, whole; `*` stands for any characters, none and slashes too. */
  | { readonly key: (typeof TEXT_KEYS)[number]; readonly pattern: string }
  /** It has been idle for longer than this. */
  | { readonly key: 'idle'; readonly moreThanSeconds: number };

/** Why a session is not like this, as far as its texts go; null where it is. */
export function mismatch(session: Session, conditions: readonly Condition[]): string | null {
  for (const condition of conditions) {
    if (condition.key === 'idle') continue;
    const text = textOf(session, condition.key);
    if (text === null) return `its ${condition.key} is not known, and ${condition.pattern} was asked for`;
    if (!globOf(condition.pattern).test(toBytes(text))) return `its ${condition.key} is not ${condition.pattern}`;
  }
  return null;
}

/** Why its idle time is not what was asked for; null where it is. */
export function idleMismatch(idleSeconds: number | null, conditions: readonly Condition[]): string | null {
  for (const condition of conditions) {
    if (condition.key !== 'idle') continue;
    const { moreThanSeconds } = condition;
    if (idleSeconds === null)
      return `for how long it has been idle is not known, and ${moreThanSeconds} s are asked for`;
    if (idleSeconds <= moreThanSeconds) {
      return `it has been idle for ${Math.floor(idleSeconds)} s, and more than ${moreThanSeconds} s are asked for`;
    }
  }
  return null;
}

function textOf(session: Session, key: (typeof TEXT_KEYS)[number]): Text | null {
  if (key !== 'terminal') return session[key];
  return session.terminal && { text: session.terminal.name, base64: null };
}

/** Names are bytes, and so is what is compared with them. */
function globOf(pattern: string): RegExp {
  const parts = fromUtf8(pattern).split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*')}$`, 's');
}
