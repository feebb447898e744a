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
    .map(({ name, pid, cwd }) => tsvLine([escapeField(name), `${pid ?? ''}`, cwd === null ? '' : escapeField(cwd)]))
    .join('');
}

/** `name<TAB>path<TAB>dev:ino<TAB>verdict<TAB>pid<TAB>reason`: the pid where there is one owner, and why. */
export function homeLines(homes: readonly HomeReport[]): string {
  return homes
    .map(({ name, path, id, verdict, session, reason }) => {
      const why = escapeField({ text: reason, base64: null });
      const place = id ? `${id.dev}:${id.ino}` : '';
      return tsvLine([escapeField(name), escapeField(path), place, verdict, `${session?.pid ?? ''}`, why]);
    })
    .join('');
}

/** Fields that were escaped already, as one line. */
export function tsvLine(fields: readonly string[]): string {
  return `${fields.join('\t')}\n`;
}
