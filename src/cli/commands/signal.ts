import { type SignalSent, sendSignal } from '../../act/signal.ts';
import { isRefusal } from '../../model/refusal.ts';
import type { Session } from '../../model/session.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { ACTED } from '../../relations/acted.ts';
import { LEFT, SIGNALLED } from '../../relations/signalled.ts';
import { toWire } from '../../relations/wire.ts';
import { findToAct } from '../act-on.ts';
import { type Call, formatOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { refused } from '../refused.ts';
import { escapeCell, escapeField } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { tsvLine } from '../render/tsv.ts';
import { parseSignal } from '../signal-word.ts';

/** The options of `plumb signal`, as commander gives them. */
export interface SignalFlags {
  readonly tree?: true;
}

/** `plumb signal NAME SIGNAL`: sends a signal to the process that is the session, or with --tree to all below it too. */
export async function signal(call: Call, name: string, word: string, flags: SignalFlags): Promise<ExitCode> {
  const asked = parseSignal(word);
  const { output } = call;
  const found = await findToAct(call, name, 'signals');
  if (typeof found === 'number') return found;
  const { session, commands } = found;
  const sent = await sendSignal(session, asked, { commands, tree: flags.tree ?? false });
  if (isRefusal(sent)) return refused(output, sent);
  print(call, found.snapshot, session, sent);
  noteLeft(output, sent);
  if (sent.left.length > 0) return EXIT.no;
  return sent.complete ? EXIT.ok : EXIT.blind;
}

function print(call: Call, snapshot: Snapshot, session: Session, sent: SignalSent): void {
  const { output } = call;
  const format = formatOf(call);
  if (format === 'json') {
    const content = {
      outcome: sent.outcome,
      ...toWire(ACTED, session),
      signal: sent.signal.name,
      processes: sent.processes.map((it) => toWire(SIGNALLED, it)),
      left: sent.left.map((it) => toWire(LEFT, it)),
      complete: sent.complete,
    };
    output.data(answerJson(snapshot, content, output.isTerminal));
  } else if (format === 'tsv') {
    output.data(sent.processes.map(({ pid, command }) => tsvLine([`${pid}`, escapeField(command)])).join(''));
  } else {
    const whom = sent.processes.map(({ pid, command }) => `${pid} (${escapeCell(command)})`).join(', ');
    output.data(`${sent.signal.name} sent to ${escapeCell(session.name)}: ${whom || 'nobody, all have ended'}\n`);
  }
}

function noteLeft(output: Output, { left, complete }: SignalSent): void {
  for (const { pid, command, reason } of left) {
    const who = pid === null ? '' : `${pid}${command ? ` (${escapeCell(command)})` : ''}: `;
    output.note(`not signalled: ${who}${reason}`);
  }
  if (!complete) {
    output.note(
      'processes are hidden here (hidepid): one of another user that descends from it would not have been seen',
    );
  }
}
