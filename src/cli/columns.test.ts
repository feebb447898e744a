import { describe, expect, it } from 'vitest';
import { SESSIONS } from '../relations/sessions.ts';
import type { Call, Format } from './call.ts';
import { choiceOf, chooseColumns } from './columns.ts';
import { Output } from './output.ts';

const choice = { ...choiceOf(SESSIONS), shown: ['name', 'pid'] };

function call(format: Format, columns: string | null): Call {
  const flags = { homes: null, commands: null, terminal: null, config: null, hostId: null, db: null, table: null };
  // A table's own words are not looked at here.
  return { flags, format, columns, headings: true, color: false, output: new Output(false) } as unknown as Call;
}

const names = (format: Format, columns: string | null) =>
  chooseColumns(call(format, columns), choice).map((it) => it.name);

describe('chooseColumns()', () => {
  it('keeps the order', () => {
    expect(names('tsv', 'pid, name')).toEqual(['pid', 'name']);
  });

  it('has the shown ones in a table and in lines, and all in JSON', () => {
    expect(names('table', null)).toEqual(['name', 'pid']);
    expect(names('tsv', null)).toEqual(['name', 'pid']);
    expect(names('ndjson', null)).toEqual(SESSIONS.columns.map((it) => it.name));
    expect(names('wide', null)).toEqual(expect.arrayContaining(['pane.id', 'terminal.name', 'claimants']));
  });

  it('reaches into an object: beside the others in lines, within it in JSON', () => {
    expect(names('tsv', 'terminal.name,pid,terminal.dev')).toEqual(['terminal.name', 'pid', 'terminal.dev']);
    const [terminal, pid] = chooseColumns(call('json', 'terminal.name,pid,terminal.dev'), choice);
    expect(terminal).toMatchObject({ name: 'terminal', columns: [{ name: 'name' }, { name: 'dev' }] });
    expect(pid?.name).toBe('pid');
  });

  it.each([
    ['nmae', /sessions have no column nmae/, 'did you mean name?'],
    ['', /no column without a name/, 'they have name, home'],
    ['pid,', /no column without a name/, 'they have name, home'],
    ['pid,name,pid', /pid stands there twice/, 'each column once'],
    ['terminal.nam', /terminal of sessions have no column nam/, 'did you mean name?'],
  ])('refuses %j', (typed, message, hint) => {
    const error = refusal(() => names('tsv', typed));
    expect(error?.message).toMatch(message);
    expect(error?.['hint' as 'message']).toContain(hint);
  });
});

function refusal(run: () => unknown): Error | null {
  try {
    run();
    return null;
  } catch (error) {
    return error as Error;
  }
}
