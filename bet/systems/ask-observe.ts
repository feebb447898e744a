import { parseHomes } from '../../src/config/parse-homes.ts';
import type { PaneSight } from '../../src/model/pane.ts';
import type { HomeReport } from '../../src/model/snapshot.ts';
import { observe } from '../../src/observe.ts';
import type { Answer } from '../model.ts';
import type { Ask } from './asker.ts';
import type { ReaderOrder } from './reader-order.ts';
import { answerOfHome, type SeenHome } from './seen-rows.ts';

/**
 * plumbline, asked by its library in the program that wants to know: one look a reading, nothing kept in between.
 *
 * The best that its users run: panes asked for, since they are used; detached sessions counted (`optional`); absence
 * proven, which is the default.
 */
export function askObserve({ homes, command, host }: ReaderOrder): Ask {
  const question = { homes: parseHomes([homes]), commands: [command], terminal: 'optional', panes: true } as const;
  return async () => {
    const { homes: reports, coverage } = await observe(question);
    // What was not seen is told with what is not known for it.
    const unseen = coverage.complete ? '' : ` (${coverage.reasons.map(({ code }) => code).join(', ')})`;
    return new Map(reports.map((report): [string, Answer] => [report.name.text, answerOfReport(report, host, unseen)]));
  };
}

function answerOfReport({ name, verdict, reason, session }: HomeReport, host: string, unseen: string): Answer {
  const pane = session?.pane ? shownBy(session.pane) : null;
  return answerOfHome(
    { name: name.text, verdict, reason: `${reason}${unseen}`, pid: session?.pid ?? null, pane },
    host,
  );
}

function shownBy(sight: PaneSight): SeenHome['pane'] {
  if (sight.kind !== 'pane') return sight.kind === 'none' ? null : { unknown: sight.why };
  const { id, server } = sight.pane;
  return id === null ? null : { socket: server.socket, id };
}
