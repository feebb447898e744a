import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { ask, BIND, valuesOf } from '../../../test/makers/session-talk.ts';
import { told } from '../../../test/makers/sql-peers.ts';
import { frontend } from '../protocol/frontend.ts';

const bed = useSessions();

describe('the start of a session', () => {
  it('tells the settings that are reported', async () => {
    const peer = bed().open({
      startup: { user: 'u', database: 'd', application_name: 'a\u00e9', DateStyle: 'German' },
    });
    const settings = await peer.session.start();
    expect(settings.get('application_name')).toBe('a\\xc3\\xa9');
    expect(settings.get('DateStyle')).toBe('German, DMY');
    expect(settings.get('server_version')).toMatch(/^\d/);
    expect(settings.get('client_encoding')).toBe('UTF8');
    await ask(peer, "set datestyle = 'sql'");
    expect(await ask(peer, 'reset datestyle')).toContain('setting DateStyle=German, DMY');
    expect(await valuesOf(peer, 'show datestyle')).toEqual(['German, DMY']);
    expect(await ask(peer, "set datestyle = 'sql'; set datestyle to default; discard all")).toContain('ERROR 25001');
    await ask(peer, "set datestyle = 'sql'");
    expect(await ask(peer, 'discard all')).toContain('setting DateStyle=German, DMY');
    await ask(peer, "begin; set datestyle = 'sql'; set local datestyle to default");
    expect(await valuesOf(peer, 'show datestyle')).toEqual(['German, DMY']);
    await ask(peer, 'commit');
    expect(await valuesOf(peer, 'show datestyle')).toEqual(['SQL, DMY']);
  });

  it('asks the engine once for all clients that begin alike', async () => {
    const { engine } = bed();
    const run = vi.spyOn(engine, 'run');
    onTestFinished(() => run.mockRestore());
    const start = async (name: string, TimeZone: string) => {
      const peer = bed().open({ startup: { user: name, application_name: name, client_encoding: 'UTF8', TimeZone } });
      const settings = await peer.session.start();
      expect([settings.get('application_name'), settings.get('TimeZone')]).toEqual([name, TimeZone]);
      expect(await valuesOf(peer, 'show application_name')).toEqual([name]);
      expect(await valuesOf(peer, 'show timezone')).toEqual([TimeZone]);
      return run.mock.calls.length;
    };
    const first = await start('a', 'Asia/Tokyo');
    expect((await start('b', 'Asia/Tokyo')) - first).toBe(first - 1);
    expect((await start('c', 'Asia/Seoul')) - first).toBe(2 * first - 1);
  });

  it.each([
    ['nothing', 'x', '42704'],
    ['no such; name', 'x', '42704'],
    ['work_mem', 'much', '22023'],
    ['client_encoding', 'LATIN1', '0A000'],
    ['standard_conforming_strings', 'off', '0A000'],
    ['role', 'postgres', '42501'],
  ])('ends with what cannot be set: %s', async (name, value, sqlState) => {
    const peer = bed().open({ startup: { [name]: value } });
    await expect(peer.session.start()).rejects.toMatchObject({ sqlState, isFatal: true });
  });
});

describe('settings', () => {
  it.each([
    ['set standard_conforming_strings = off', '0A000'],
    ["set client_encoding = 'latin1'", '0A000'],
    ["set names 'sjis'", '0A000'],
    ["select set_config('standard_conforming_strings', 'off', false)", '0A000'],
  ])('what would make the engine read otherwise is refused: %s', async (text, sqlState) => {
    const peer = bed().open();
    expect(await ask(peer, text)).toEqual([expect.stringContaining(`ERROR ${sqlState}`), 'ready I']);
    expect(await valuesOf(peer, 'show standard_conforming_strings')).toEqual(['on']);
  });

  it('set by a function are set', async () => {
    const peer = bed().open();
    const other = bed().open();
    expect(await ask(peer, "select set_config('application_name', 'a', false)")).toEqual([
      'columns set_config:25:0',
      'row "a"',
      'done SELECT 1',
      'setting application_name=a',
      'ready I',
    ]);
    await ask(other, 'select 1');
    expect(await valuesOf(peer, 'show application_name')).toEqual(['a']);
    await ask(peer, "begin; select set_config('application_name', 'b', true)");
    await ask(other, 'select 1');
    expect(await valuesOf(peer, 'show application_name')).toEqual(['b']);
    await ask(peer, 'commit');
    expect(await valuesOf(peer, 'show application_name')).toEqual(['a']);
    const frames = [
      frontend.parse('', "select set_config('application_name', $1, false)"),
      frontend.describe('statement', ''),
      frontend.bind({ ...BIND, parameters: [Buffer.from('c')] }),
      frontend.execute(''),
      frontend.sync(),
    ];
    expect(told(await peer.ask(frames))).toEqual([
      '1',
      'parameters 25',
      'columns set_config:25:0',
      '2',
      'row "c"',
      'done SELECT 1',
      'setting application_name=c',
      'ready I',
    ]);
  });
});
