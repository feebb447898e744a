import type { ExitCause } from '../act/exit-cause.ts';
import { waitForExit } from '../act/wait-exit.ts';
import { isRefusal } from '../model/refusal.ts';
import { EXITED, type ExitedRow } from '../relations/exited.ts';
import { toWire } from '../relations/wire.ts';
import { escapeCell, escapeField, escapeMessage } from './render/escape.ts';
import { tsvLine } from './render/tsv.ts';
import type { WaitFor } from './wait-for.ts';

/** `--for exit`: nothing is done to the session, so that without homes a terminal's label will do. */
export const waitExit: WaitFor = {
  check: () => {},
  wait: async (session, _, timeoutMs) => {
    const waited = await waitForExit(session, { timeoutMs });
    if (isRefusal(waited)) return waited;
    if (waited.outcome === 'timeout') return { outcome: 'timeout', instead: null };
    const { pid, startTimeTicks, cause, evidence } = waited;
    const row = { name: session.name, pid, startTimeTicks, ...flat(cause), evidence };
    return {
      outcome: waited.outcome,
      wire: toWire(EXITED, row),
      tsv: tsvOf(row),
      line: `${escapeCell(session.name)}: ${pid} ${describeCause(cause)}`,
    };
  },
};

function flat(cause: ExitCause): Pick<ExitedRow, 'cause' | 'exitCode' | 'signal' | 'coreDumped' | 'why'> {
  return {
    cause: cause.kind,
    exitCode: cause.kind === 'exit' ? cause.code : null,
    signal: 'signal' in cause ? cause.signal : null,
    coreDumped: cause.kind === 'signal' ? cause.coreDumped : cause.kind === 'oom' ? false : null,
    why: cause.kind === 'unknown' ? cause.why : null,
  };
}

function tsvOf({ name, pid, cause, exitCode, signal }: ExitedRow): string {
  return tsvLine([escapeField(name), `${pid}`, cause, exitCode === null ? (signal ?? '') : `${exitCode}`]);
}

function describeCause(cause: ExitCause): string {
  switch (cause.kind) {
    case 'exit':
      return `exited with ${cause.code}`;
    case 'signal':
      return `was ended by ${cause.signal}${cause.coreDumped ? ', and dumped core' : ''}`;
    case 'oom':
      return 'was killed by the kernel for lack of memory';
    case 'unknown':
      return escapeMessage(`has ended, and how is not known: ${cause.why}`);
  }
}
