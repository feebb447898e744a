import type { Settings } from '../../config/settings.ts';
import { HARMLESS_REASONS } from '../../model/coverage.ts';
import type { PlumblineError } from '../../model/errors.ts';
import { requireSessions } from '../../model/require-sessions.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import type { Pass } from '../../sync.ts';
import type { TablePass } from '../../sync-table.ts';
import { INTERVAL_LIMITS } from '../../watch/schedule.ts';
import { findService } from '../../watch/service.ts';
import { watch, watchTable } from '../../watch/watch.ts';
import { type Call, formatOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { endSignal } from '../end-signal.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isJournal } from '../journal.ts';
import { NoteMemory } from '../note-memory.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { planNotes } from '../plan-notes.ts';
import { openRegistryOf, openTableOf } from '../registry-of.ts';
import { summary } from '../render/plan.ts';
import { planJson } from '../render/plan-json.ts';
import { tableJson, tableNotes, tableSummary } from '../table-notes.ts';

/** A server that has not answered a statement by then counts as gone. */
const ANSWER_WITHIN_MS = 10_000;

const INTERVALS: DurationLimits = { ...INTERVAL_LIMITS, words: '1ms up to 24h' };

/** `plumb sync --watch`: keeps the rows matching until it is told to end. */
export async function watchSessions(call: Call, settings: Settings, interval: string | undefined): Promise<ExitCode> {
  requireSessions(settings);
  const intervalMs = interval === undefined ? undefined : parseDuration(interval, '--interval', INTERVALS);
  const note = (message: string) => call.output.note(message);
  const service = await findService(globalThis.process.env, note);
  let place = '';
  const common = {
    ...settings,
    ...(intervalMs !== undefined && { intervalMs }),
    maxDeaths: settings.maxDeadPerPass,
    signal: endSignal(),
    service,
    note,
    onLost: ({ message }: PlumblineError) => note(`${message}; trying again`),
    onBack: (isRight: boolean) => note(`${place} answers again${isRight ? ', and the rows are right' : ''}`),
  };
  const opening = async <T extends { readonly place: string }>(open: Promise<T>): Promise<T> => {
    const opened = await open;
    place = opened.place;
    return opened;
  };
  try {
    const { table } = settings;
    if (table) {
      const open = () => opening(openTableOf(settings, table, 'write', ANSWER_WITHIN_MS));
      await watchTable({ ...common, open, onPass: tableTeller(call, table, () => place) });
    } else {
      if (settings.registryUrl === null) {
        note('nobody else can use the embedded registry while it is watched; a server (--db) has room for all');
      }
      const wish = { label: 'plumb sync --watch', answerWithinMs: ANSWER_WITHIN_MS };
      const open = () => opening(openRegistryOf(call, settings, wish));
      await watch({ ...common, open, onPass: registryTeller(call, () => place) });
    }
  } finally {
    service?.close();
  }
  return EXIT.ok;
}

function registryTeller(call: Call, place: () => string): (done: Pass) => void {
  const tell = teller(call);
  return ({ plan, snapshot }) => {
    tell(snapshot, planNotes(plan, snapshot), {
      line: plan.changes.length > 0 ? summary(plan) : null,
      json: () => planJson(snapshot, plan, { place: place(), dryRun: false }, false),
    });
  };
}

function tableTeller(call: Call, mapping: TableMapping, place: () => string): (done: TablePass) => void {
  const tell = teller(call);
  return (done) => {
    tell(done.snapshot, tableNotes(done, mapping), {
      line: done.plan.changes.length > 0 ? tableSummary(done.plan) : null,
      json: () => tableJson(done, { place: place(), mapping }, { dryRun: false, pretty: false }),
    });
  };
}

/** What a pass has written; null where that is nothing. */
interface Written {
  readonly line: string | null;
  readonly json: () => string;
}

/** Tells a pass: a line where it changed something, and notes when they are new. */
function teller(call: Call): (snapshot: Snapshot, lines: readonly string[], written: Written) => void {
  const { output } = call;
  const memory = new NoteMemory();
  const isJson = formatOf(call) === 'json';
  const isDated = !isJournal(1);
  return ({ coverage, observedAt, unmatchedPatterns }, lines, { line, json }) => {
    if (line !== null) output.data(isJson ? json() : `${isDated ? `${observedAt.toISOString()} ` : ''}${line}\n`);
    // What cannot be seen is told by its kind: its numbers change from look to look.
    const kinds = coverage.reasons.map(({ code }) => code).filter((code) => !HARMLESS_REASONS.has(code));
    const keys = [...lines.map((it) => `plan ${it}`), ...kinds.map((kind) => `coverage ${kind}`)];
    const patterns = unmatchedPatterns.map((pattern) => `pattern ${pattern}`);
    const fresh = memory.fresh([...keys, ...patterns], performance.now());
    for (const it of lines) if (fresh.includes(`plan ${it}`)) output.note(it);
    if (fresh.some((key) => key.startsWith('coverage '))) noteCoverage(output, coverage);
    if (fresh.some((key) => key.startsWith('pattern '))) noteUnmatched(output, unmatchedPatterns);
  };
}
