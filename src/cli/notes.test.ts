import { describe, expect, it } from 'vitest';
import { COVERAGE_REASONS, type Coverage, type CoverageCode, coverageOf, HARMLESS_REASONS } from '../model/coverage.ts';
import { toText } from '../model/text.ts';
import { describeAmbiguous, noteCoverage, noteOwnerless, noteSharedLabels } from './notes.ts';
import { sampleOwnerless, sampleSession } from './render/sample-session.ts';

describe('noteCoverage()', () => {
  it('is silent where everything was seen', () => {
    expect(coverageNotes({ source: 'procfs', complete: true, reasons: [], damage: [] })).toEqual([]);
    expect(coverageNotes(coverageOf([{ code: 'excluded_by_name', count: 3, pids: [1, 2, 3] }]))).toEqual([]);
  });

  it('says what was not seen and what to do, in one line', () => {
    const reasons = [
      { code: 'cwd_denied' as const, count: 7, pids: [11, 12, 13, 14, 15, 16, 17] },
      { code: 'hidden' as const, count: 1, pids: [] },
    ];
    expect(coverageNotes(coverageOf(reasons))).toEqual([
      'not seen: the working directory of 7 processes (11, 12, 13, 14, 15 …); 1 process that /proc hides' +
        ' (run plumb as root to see them)',
    ]);
  });

  it('does not send root to root', () => {
    const [line] = coverageNotes(coverageOf([{ code: 'stat_denied', count: 2, pids: [] }]), true);
    expect(line).toContain('2 processes of other users (root may not see them here');
  });

  it('tells a container once', () => {
    const reasons = [
      { code: 'hidden' as const, count: 311, pids: [] },
      { code: 'pid_namespace' as const, count: 1, pids: [] },
    ];
    expect(coverageNotes(coverageOf(reasons))).toEqual([
      'not seen: processes outside this container (run plumb on the host to see them)',
    ]);
  });

  it('has words for every reason, and never more than two lines', () => {
    const codes = Object.keys(COVERAGE_REASONS) as CoverageCode[];
    for (const code of codes.filter((it) => !HARMLESS_REASONS.has(it))) {
      const lines = coverageNotes(coverageOf([{ code, count: 2, pids: [4, 5] }]));
      expect(lines).toEqual([expect.stringMatching(/^not seen: \S.* \(.+\)$/)]);
    }
    expect(coverageNotes(coverageOf(codes.map((code) => ({ code, count: 2, pids: [] }))))).toHaveLength(2);
  });
});

describe('noteOwnerless()', () => {
  const claimant = { pid: 12, startTimeTicks: 7n, command: toText('claude'), reason: 'in the foreground' };
  const ambiguous = sampleOwnerless({
    verdict: 'ambiguous',
    claimants: [
      { ...claimant, terminal: sampleSession().terminal },
      { ...claimant, pid: 13, terminal: null, reason: 'without a terminal' },
    ],
  });

  it('names the claimants, and the terminals of which nothing is known', () => {
    const unknown = ['tty1', 'tty2'].map((name) => sampleOwnerless({ verdict: 'unknown', name: toText(name) }));
    expect(notes((output) => noteOwnerless(output, [sampleSession(), ambiguous, ...unknown]))).toEqual([
      'ada is ambiguous: 12 (claude) on pts/3, in the foreground; 13 (claude), without a terminal',
      'unknown: what runs on tty1, tty2',
    ]);
  });

  it('keeps to one line for any name', () => {
    expect(describeAmbiguous({ ...ambiguous, name: toText('a\nb') })).toMatch(/^a\\nb is ambiguous/);
  });
});

describe('noteSharedLabels()', () => {
  it('tells shared labels once, and is silent without any', () => {
    const [ada, bob] = [sampleSession(), sampleSession({ name: toText('bob') })];
    expect(notes((output) => noteSharedLabels(output, [ada, bob]))).toEqual([]);
    expect(notes((output) => noteSharedLabels(output, [ada, bob, ada, ada, bob]))).toEqual([
      "several terminals share a label: ada (3), bob (2); homes make names unique: --home '/srv/agents/*'",
    ]);
  });
});

function coverageNotes(coverage: Coverage, isRoot = false): string[] {
  return notes((output) => noteCoverage(output, coverage, { isRoot }));
}

function notes(run: (output: { note: (message: string) => void }) => void): string[] {
  const lines: string[] = [];
  run({ note: (message) => lines.push(message) });
  return lines;
}
