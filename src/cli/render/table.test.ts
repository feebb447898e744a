import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { fromUtf8, toText } from '../../model/text.ts';
import { sampleOwnerless, sampleSession, sampleSight } from './sample-session.ts';
import { sessionTable } from './session-table.ts';
import { renderTable } from './table.ts';

const PLAIN = { headings: null, color: false, width: null };

describe('renderTable()', () => {
  it('aligns by what is seen, not by characters', () => {
    const rows = [
      [{ text: '名前' }, { text: 'x' }],
      [{ text: 'ada' }, { text: 'y' }],
      [{ text: 'e\u0301' }, { text: 'z' }],
    ];
    expect(renderTable(rows, { ...PLAIN, headings: ['N', 'PATH'] })).toBe(
      'N     PATH\n名前  x\nada   y\ne\u0301     z\n',
    );
  });

  it('shortens the last column from the left, and nothing else', () => {
    const rows = [[{ text: 'a-rather-long-name' }, { text: '/srv/agents/a-rather-long-name/src/deep/down' }]];
    expect(renderTable(rows, { ...PLAIN, width: 40 })).toBe('a-rather-long-name  …-name/src/deep/down\n');
    for (const width of [32, 40, 63, 64, 65]) {
      const line = renderTable(rows, { ...PLAIN, width }).trimEnd();
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(line.startsWith('a-rather-long-name  ')).toBe(true);
    }
    expect(renderTable(rows, { ...PLAIN, width: 10 })).toBe('a-rather-long-name  …c/deep/down\n');
  });

  it('never splits a wide character', () => {
    const line = renderTable([[{ text: 'a' }, { text: '/名前/名前/名前/名前' }]], { ...PLAIN, width: 15 });
    expect(line).toBe('a  …/名前/名前\n');
  });

  it('colours without moving anything', () => {
    const rows = [
      [
        { text: 'ada', style: 'bold' as const },
        { text: 'x', style: 'dim' as const },
      ],
    ];
    expect(renderTable(rows, { ...PLAIN, color: true })).toBe('\x1b[1mada\x1b[22m  \x1b[2mx\x1b[22m\n');
  });
});

describe('sessionTable()', () => {
  const observedAt = new Date('2026-11-24T06:12:00Z');
  const layout = { headings: true, color: false, width: null };

  it('has a line for every session, those without an owner too', () => {
    const sessions = [
      sampleSession({
        name: toText('d'),
        pane: sampleSight({ address: toText('a\tb:1.0') }),
      }),
      sampleSession({ name: toText('e'), pane: { kind: 'unknown', why: 'denied', links: [] } }),
      sampleSession({ lastInputAt: new Date('2026-11-24T06:11:20Z'), lastOutputAt: new Date('2026-11-24T06:11:28Z') }),
      sampleSession({ name: toText(fromUtf8('b\n\u202e')), terminal: null, detached: true, state: 'T' }),
      sampleOwnerless({ name: toText('c'), verdict: 'ambiguous' }),
      sampleOwnerless({ name: toText('tty1'), verdict: 'unknown' }),
    ];
    expect(sessionTable(sessions, { observedAt }, layout)).toBe(`\
NAME             PID   TTY    PANE         STATE      AGE    IDLE  COMMAND  CWD
d                4711  pts/3  a\\tb:1.0 %7  sleeping   3h12m  -     claude   /srv/agents/ada
e                4711  pts/3  ?            sleeping   3h12m  -     claude   /srv/agents/ada
ada              4711  pts/3  -            sleeping   3h12m  32s   claude   /srv/agents/ada
b\\n\\xE2\\x80\\xAE  4711  -      -            stopped    3h12m  -     claude   /srv/agents/ada
c                -     -      -            ambiguous  -      -     -        -
tty1             -     -      -            unknown    -      -     -        -
`);
  });

  it('can do without headings', () => {
    const table = sessionTable([sampleSession()], { observedAt }, { ...layout, headings: false });
    expect(table).toBe('ada  4711  pts/3  -  sleeping  3h12m  -  claude  /srv/agents/ada\n');
  });
});
