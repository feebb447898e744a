import type { Session } from '../../model/session.ts';
import type { HomeReport, Snapshot } from '../../model/snapshot.ts';
import { HOMES } from '../../relations/homes.ts';
import { SESSIONS } from '../../relations/sessions.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';

/** The rows that an answer is about; an array that is not asked for is not in the answer. */
export interface JsonRows {
  readonly sessions?: readonly Session[];
  readonly homes?: readonly HomeReport[];
}

/** The rows of one look. */
export function toJson(snapshot: Snapshot, rows: JsonRows, pretty: boolean): string {
  const content = {
    ...(rows.sessions && { sessions: rows.sessions.map((session) => toWire(SESSIONS, session)) }),
    ...(rows.homes && { homes: rows.homes.map((home) => toWire(HOMES, home)) }),
  };
  return answerJson(snapshot, content, pretty);
}

/**
 * One object with everything that an answer needs to be understood: when, on which machine, and how complete the look
 * was. An answer without its coverage is half an answer.
 */
export function answerJson(snapshot: Snapshot, content: WireObject, pretty: boolean): string {
  const { observedAt, host, coverage } = snapshot;
  const answer: WireObject = {
    schema_version: 1,
    observed_at: observedAt.toISOString(),
    host: {
      id: host.id,
      boot_id: host.bootId,
      booted_at: host.bootedAt?.toISOString() ?? null,
      pid_namespace: host.pidNamespace?.toString() ?? null,
      time_namespace: host.timeNamespace?.toString() ?? null,
    },
    coverage: {
      source: coverage.source,
      complete: coverage.complete,
      reasons: coverage.reasons.map(({ code, count, pids }) => ({ code, count, pids })),
    },
    ...content,
  };
  return `${escapeControls(JSON.stringify(answer, null, pretty ? 2 : 0))}\n`;
}

/** What JSON may leave raw and a terminal obeys: DEL, C1 controls, and marks that turn the writing direction. */
export function escapeControls(json: string): string {
  return json.replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (mark) => {
    return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
