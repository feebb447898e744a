import { describe, expect, it } from 'vitest';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { deadOfPlan, deathCause } from './dead.ts';
import type { EventKind } from './events.ts';
import type { Change } from './plan.ts';
import type { RowStatus, StoredRow } from './row.ts';

const FACT = { fact: 'no process has its number', source: '/proc/7', value: 'ESRCH', check: 'kill -0 7' };
const STORED = { ...FACT, fact: 'as it was stored' };

function row(name: string, status: RowStatus, pid: number | null = 7): StoredRow {
  const key = { bootId: 'b', pid, startTimeTicks: 70n, exe: null, homeId: null };
  const times = { startedAt: new Date(0), observedAt: new Date(1), endedAt: status === 'dead' ? new Date(2) : null };
  const place = { home: null, terminal: null, pane: null, cwd: null, command: null };
  return { name, status, ...key, ...times, ...place, evidence: [STORED], version: '1' };
}

function change(before: StoredRow | null, kinds: readonly EventKind[], after: StoredRow): Change {
  const events = kinds.map((kind) => ({ kind, of: { ...after, evidence: [FACT] } }));
  return { name: after.name, before, after, fields: [], events, isDeath: false };
}

const NOTHING = { changes: [], held: [] };
const NOBODY = { sessions: [] };

describe('deadOfPlan()', () => {
  it.each([
    ['died', 'exited'],
    ['rebooted', 'rebooted'],
    ['left', 'left'],
    ['emptied', 'emptied'],
    ['disowned', 'disowned'],
  ] as const)('tells a row that a sync would end as %s', (event, cause) => {
    const changes = [change(row('ada', 'alive'), [event], row('ada', 'dead'))];
    const [line] = deadOfPlan({ changes, held: [] }, { rows: [] }, NOBODY, new Map());
    expect(line).toMatchObject({ name: 'ada', pid: 7, recorded: false, cause, endedAt: null, successor: null });
    expect(line).toMatchObject({ proof: FACT.fact, evidence: [FACT] });
  });

  it('tells deaths that the brake holds, and who took the place of one', () => {
    const held = [change(row('bob', 'alive'), ['died'], row('bob', 'dead'))];
    const changes = [change(row('ada', 'ambiguous'), ['died', 'started'], row('ada', 'alive', 8))];
    const lines = deadOfPlan({ changes, held }, { rows: [] }, NOBODY, new Map());
    expect(lines.map(({ name, pid, successor }) => [name, pid, successor])).toEqual([
      ['ada', 7, 8],
      ['bob', 7, null],
    ]);
  });

  it.each([
    ['moved', row('ada', 'alive'), row('ada', 'alive')],
    ['replaced', row('ada', 'alive'), row('ada', 'alive', 8)],
    ['started', null, row('ada', 'alive')],
    ['returned', row('ada', 'dead'), row('ada', 'alive')],
  ] as const)('takes nothing for dead that is %s', (event, before, after) => {
    const changes = [change(before, [event], after)];
    expect(deadOfPlan({ changes, held: [] }, { rows: [] }, NOBODY, new Map())).toEqual([]);
  });

  it('tells what was recorded, with its cause as far as the history has that of the same process', () => {
    const rows = [
      row('ada', 'dead'),
      row('bob', 'dead'),
      row('cleo', 'dead'),
      row('dan', 'alive'),
      row('eve', 'ambiguous'),
    ];
    const endings = new Map([
      ['ada', { pid: 7, cause: 'left' as const }],
      ['bob', { pid: 6, cause: 'left' as const }],
    ]);
    const lines = deadOfPlan(NOTHING, { rows }, NOBODY, endings);
    expect(lines.map(({ name, cause }) => [name, cause])).toEqual([
      ['ada', 'left'],
      ['bob', null],
      ['cleo', null],
    ]);
    expect(lines[0]).toMatchObject({ recorded: true, endedAt: new Date(2), proof: STORED.fact, evidence: [STORED] });
  });

  it('leaves out a recorded one under whose name a session lives', () => {
    const session = { name: toText('ada') } as Session;
    expect(deadOfPlan(NOTHING, { rows: [row('ada', 'dead')] }, { sessions: [session] }, new Map())).toEqual([]);
  });
});

it('no other event is an end', () => {
  for (const kind of ['started', 'replaced', 'wandered', 'home_deleted', 'ambiguous', 'a newer word']) {
    expect(deathCause(kind)).toBeNull();
  }
});
