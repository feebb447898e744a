import { describe, expect, it } from 'vitest';
import { CoverageLog } from '../kernel/coverage.ts';
import type { MachineLook } from '../look/machine-look.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Joined } from '../model/session-tag.ts';
import { toText } from '../model/text.ts';
import { type KernelRelation, kernelRelation } from '../relations/kernel-relation.ts';
import { SESSION } from '../relations/session-columns.ts';
import { sampleSession } from './render/sample-session.ts';
import { describeSection, readSections, type Section, sectionWire } from './show-sections.ts';

const session = sampleSession({ name: toText('a b') });
const sessions = new Set([session]);

interface Row extends Joined {
  readonly id: number;
}

function relation(name: string, rows: (look: MachineLook) => readonly Row[] | Promise<readonly Row[]>): KernelRelation {
  const about = { unit: null, doc: '', source: '' };
  return kernelRelation<Row>({
    name,
    row: '',
    summary: '',
    doc: '',
    needs: '',
    shown: ['twice', 'id', 'session'],
    columns: [
      { ...about, name: 'id', type: 'integer', value: (it) => it.id },
      { ...about, name: 'twice', type: 'integer', value: (it) => it.id * 2 },
      { ...about, name: 'dear', type: 'integer', value: () => 0 },
      SESSION,
    ],
    rows,
  });
}

const rowsOf = (count: number) => {
  return Array.from({ length: count }, (_, id): Row => ({ id, sessions: [{ session, by: 'ancestry' }] }));
};

async function read(...relations: readonly KernelRelation[]): Promise<Section[]> {
  let log = new CoverageLog();
  // Of a look only this is asked.
  const look = {
    get log() {
      return log;
    },
    beginLog: () => {
      log = new CoverageLog();
    },
    stats: new Map([
      [1, { pid: 1 }],
      [2, { pid: 2 }],
    ]),
    tagOf: ({ pid }: { pid: number }) => (pid === 1 ? { session, by: 'owner' } : null),
    mayCountTo: () => [],
    noteDoubts: () => {},
  } as unknown as MachineLook;
  const sections: Section[] = [];
  for await (const section of readSections(look, sessions, relations)) sections.push(section);
  return sections;
}

const described = (section: Section | undefined) => {
  return section && describeSection(section, { session, width: 80, color: false });
};

describe('readSections()', () => {
  it('says what went wrong in one, and reads the others', async () => {
    const [broken, faulty, fine] = await read(
      relation('broken', () => {
        throw new PlumblineError('blind', 'no such\ncall');
      }),
      relation('faulty', () => Promise.reject(new TypeError('x is undefined'))),
      relation('fine', () => rowsOf(1)),
    );
    expect(described(broken)).toBe("broken: not read: no such\\ncall; plumb broken 'a b' reads them alone\n");
    expect(described(faulty)).toBe("faulty: not read: x is undefined; plumb faulty 'a b' reads them alone\n");
    expect(described(fine)).toBe('fine: 1\n  TWICE  ID\n      0   0\n');
    expect([broken, fine].map((it) => it && sectionWire(it))).toEqual([null, [{ twice: 0, id: 0 }]]);
  });

  it('waits for none that does not come, and begins none after that', async () => {
    let isBegun = false;
    const [slow, next] = await read(
      relation('slow', () => new Promise(() => {})),
      relation('next', () => {
        isBegun = true;
        return [];
      }),
    );
    expect(described(slow)).toBe("slow: not read within 4 s; plumb slow 'a b' reads them alone\n");
    expect(described(next)).toBe("next: not read within 4 s; plumb next 'a b' reads them alone\n");
    expect(isBegun).toBe(false);
  });

  it('asks for the columns that are shown, and no others', async () => {
    const asked: boolean[] = [];
    const it = relation('it', () => rowsOf(0));
    const spied: KernelRelation = {
      ...it,
      rows: (look, ask) => {
        asked.push(ask.wants('id'), ask.wants('dear'));
        return it.rows(look, ask);
      },
    };
    await read(spied);
    expect(asked).toEqual([true, false]);
  });
});

describe('describeSection()', () => {
  it('shows a few rows, and the command that has the rest', async () => {
    const [six, seven] = await read(
      relation('six', () => rowsOf(6)),
      relation('seven', () => rowsOf(7)),
    );
    expect(described(six)?.split('\n')).toHaveLength(1 + 1 + 6 + 1);
    expect(described(seven)?.split('\n').slice(-3)).toEqual(['      8   4', "  … and 2 more: plumb seven 'a b'", '']);
  });

  it('begins with what is of the process that is the session', async () => {
    const rows = rowsOf(7).map((row) => (row.id < 6 ? row : { ...row, sessions: [{ session, by: 'owner' as const }] }));
    const [owners] = await read(relation('owners', () => rows));
    expect(described(owners)?.split('\n').slice(2, 4)).toEqual(['     12   6', '      0   0']);
  });

  it('says nothing of what is not there, unless it may have been hidden', async () => {
    const [none, ours, again, others, next] = await read(
      relation('none', () => []),
      relation('ours', ({ log }) => {
        log.addPid('stat_denied', 1);
        return [];
      }),
      relation('again', ({ log }) => {
        log.addPid('stat_denied', 1);
        return rowsOf(1);
      }),
      relation('others', ({ log }) => {
        log.addPid('cwd_denied', 2);
        return [];
      }),
      relation('next', () => []),
    );
    expect(described(none)).toBe('');
    expect(described(ours)).toBe('ours: none that could be seen\n  not seen: 1 process of other users\n');
    expect(described(again)).toMatch(/^again: 1\n.*\n.*\n {2}not seen: 1 process of other users\n$/);
    expect(described(others)).toBe('');
    expect(described(next)).toBe('');
  });
});
