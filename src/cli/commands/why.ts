import { toText } from '../../model/text.ts';
import type { Why, WhyProcess } from '../../model/why.ts';
import { WHY } from '../../relations/why.ts';
import { toWire } from '../../relations/wire.ts';
import { why as ask } from '../../why.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { noteCoverage } from '../notes.ts';
import { escapeCell, escapeMessage } from '../render/escape.ts';
import { renderEvidence } from '../render/evidence.ts';
import { answerJson } from '../render/json.ts';
import { whyQuestion } from '../why-question.ts';

const EXITS: Readonly<Record<Why['verdict'], ExitCode>> = { session: EXIT.ok, none: EXIT.no, unknown: EXIT.blind };

/** `plumb why KIND WHAT`: from anything to its session, each step with the command that shows it. */
export async function why(call: Call, kind: string, word: string): Promise<ExitCode> {
  const question = whyQuestion(kind, word);
  const answer = await ask(question, await settingsOf(call));
  const { output } = call;
  const { snapshot, coverage } = answer;
  if (formatOf(call) === 'json') {
    output.data(answerJson({ ...snapshot, coverage }, { why: toWire(WHY, answer) }, output.isTerminal));
    return EXITS[answer.verdict];
  }
  const width = output.isTerminal ? output.columns : null;
  const head = `${escapeMessage(answer.answer)}\n${renderEvidence(answer.evidence, width)}`;
  const shown = answer.processes.map((it) => `${heading(answer, it)}\n${renderEvidence(it.evidence, width)}`);
  output.data([head, ...shown].join('\n'));
  noteCoverage(output, coverage, { command: 'why' });
  return EXITS[answer.verdict];
}

function heading({ kind }: Why, { stat, roles, tag, mayCountTo }: WhyProcess): string {
  const what = `${stat.pid} (${escapeCell(toText(stat.comm))})`;
  const told = kind === 'pid' ? '' : ` ${escapeMessage(roles.join('; '))}:`;
  const names = mayCountTo.map(({ name }) => escapeCell(name)).join(', ');
  const counts = tag
    ? `counts to ${escapeCell(tag.session.name)} (${tag.by})`
    : names === ''
      ? 'counts to no session'
      : `may count to ${names}`;
  return `${what}${told} ${counts}`;
}
