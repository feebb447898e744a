import fs from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import { HARMLESS_REASONS } from '../../model/coverage.ts';
import { type Pass, requireSessions } from '../../sync.ts';
import { findService } from '../../watch/service.ts';
import { watch } from '../../watch/watch.ts';
import { type Call, formatOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { NoteMemory } from '../note-memory.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { planNotes } from '../plan-notes.ts';
import { openRegistryOf } from '../registry-of.ts';
import { summary } from '../render/plan.ts';
import { planJson } from '../render/plan-json.ts';

/** A server that has not answered a statement by then counts as gone. */
const ANSWER_WITHIN_MS = 10_000;

const INTERVALS: DurationLimits = { leastMs: 1, mostMs: 86_400_000, words: '1ms up to 24h' };

/** `plumb sync --watch`: keeps the rows matching until it is told to end. */
export async function watchRegistry(call: Call, settings: Settings, interval: string | undefined): Promise<ExitCode> {
  requireSessions(settings);
  const intervalMs = interval === undefined ? undefined : parseDuration(interval, '--interval', INTERVALS);
  const { output } = call;
  const note = (message: string) => output.note(message);
  const wish = { label: 'plumb sync --watch', answerWithinMs: ANSWER_WITHIN_MS };
  let place = '';
  const open = async () => {
    const registry = await openRegistryOf(call, settings, wish);
    place = registry.place;
    return registry;
  };
  if (settings.registryUrl === null) {
    note('nobody else can use the embedded registry while it is watched; a server (--db) has room for all');
  }
  const signal = endSignal();
  const service = await findService(globalThis.process.env, note);
  const tell = teller(call, () => place);
  try {
    await watch({
      ...settings,
      ...(intervalMs !== undefined && { intervalMs }),
      maxDeaths: settings.maxDeadPerPass,
      open,
      signal,
      service,
      note,
      onPass: tell,
      onLost: ({ message }) => note(`${message}; trying again`),
      onBack: () => note(`${place} answers again, and the rows are right`),
    });
  } finally {
    service?.close();
  }
  return EXIT.ok;
}

/** The first SIGTERM or SIGINT asks it to end; a second one ends it, as if nobody had listened. */
function endSignal(): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    globalThis.process.off('SIGTERM', end);
    globalThis.process.off('SIGINT', end);
    controller.abort();
  };
  globalThis.process.on('SIGTERM', end);
  globalThis.process.on('SIGINT', end);
  return controller.signal;
}

/** Tells a pass: a line where it changed something, and notes when they are new. */
function teller(call: Call, place: () => string): (done: Pass) => void {
  const { output } = call;
  const memory = new NoteMemory();
  const isJson = formatOf(call) === 'json';
  const isDated = !isJournal();
  const isRoot = globalThis.process.getuid?.() === 0;
  return ({ plan, snapshot }) => {
    const { coverage, observedAt, unmatchedPatterns } = snapshot;
    if (plan.changes.length > 0) {
      const line = `${isDated ? `${observedAt.toISOString()} ` : ''}${summary(plan)}\n`;
      output.data(isJson ? planJson(snapshot, plan, { place: place(), dryRun: false }, false) : line);
    }
    // What cannot be seen is told by its kind: its numbers change from look to look.
    const kinds = coverage.reasons.map(({ code }) => code).filter((code) => !HARMLESS_REASONS.has(code));
    const lines = planNotes(plan, snapshot);
    const keys = [...lines.map((line) => `plan ${line}`), ...kinds.map((kind) => `coverage ${kind}`)];
    const patterns = unmatchedPatterns.map((pattern) => `pattern ${pattern}`);
    const fresh = memory.fresh([...keys, ...patterns], performance.now());
    for (const line of lines) if (fresh.includes(`plan ${line}`)) output.note(line);
    if (fresh.some((key) => key.startsWith('coverage '))) noteCoverage(output, coverage, isRoot);
    if (fresh.some((key) => key.startsWith('pattern '))) noteUnmatched(output, unmatchedPatterns);
  };
}

/** Whether stdout goes to systemd's journal, which dates each line by itself. */
function isJournal(): boolean {
  const stream = globalThis.process.env['JOURNAL_STREAM'];
  if (!stream) return false;
  const { dev, ino } = fs.fstatSync(1, { bigint: true });
  return stream === `${dev}:${ino}`;
}
