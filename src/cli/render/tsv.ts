import type { Session } from '../../model/session.ts';
import type { HomeReport } from '../../model/snapshot.ts';
import { escapeField } from './escape.ts';

/**
 * `name<TAB>pid<TAB>cwd` for every session that one process owns, and nothing for the others: what reads these lines
 * will act on them. No name can break a line or forge one.
 */
export function sessionLines(sessions: readonly Session[]): string {
  return sessions
    .filter(({ verdict }) => verdict === 'alive')
    .map(({ name, pid, cwd }) => line([escapeField(name), `${pid ?? ''}`, cwd === null ? '' : escapeField(cwd)]))
    .join('');
}

/** `name<TAB>path<TAB>dev:ino<TAB>owner`: the owner's pid, or why there is none. */
export function homeLines(homes: readonly HomeReport[]): string {
  return homes
    .map(({ name, path, id, session, reason }) => {
      const owner = session?.pid ?? escapeField({ text: reason, base64: null });
      return line([escapeField(name), escapeField(path), id ? `${id.dev}:${id.ino}` : '', `${owner}`]);
    })
    .join('');
}

function line(fields: readonly string[]): string {
  return `${fields.join('\t')}\n`;
}
