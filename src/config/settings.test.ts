import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../model/errors.ts';
import { readSettings, type SettingFlags, type Surroundings } from './settings.ts';
import { NO_TABLE } from './table-mapping.ts';

const NO_FLAGS: SettingFlags = {
  config: null,
  homes: null,
  commands: null,
  terminal: null,
  source: null,
  hostId: null,
  db: null,
  table: NO_TABLE,
};

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-settings-'));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true });
});

describe('readSettings()', () => {
  it('needs no file', async () => {
    expect(await readSettings(NO_FLAGS, around())).toEqual({
      homes: [],
      commands: null,
      terminal: 'required',
      source: 'auto',
      hostId: null,
      registryUrl: null,
      maxDeadPerPass: null,
      table: null,
      historyDays: null,
      file: null,
    });
  });

  it('takes the first file found, and no other', async () => {
    const system = write('etc/config.toml', 'homes = ["/etc/*"]\ncommands = ["system"]');
    expect((await readSettings(NO_FLAGS, around())).file).toBe(system);
    const user = write('me/.config/plumbline/config.toml', 'homes = ["/me/*"]');
    const settings = await readSettings(NO_FLAGS, around());
    expect(settings).toMatchObject({ file: user, commands: null, homes: [{ pattern: '/me/*' }] });
    const xdg = write('xdg/plumbline/config.toml', '');
    expect((await readSettings(NO_FLAGS, around({ XDG_CONFIG_HOME: `${directory}/xdg` }))).file).toBe(xdg);
    const env = write('env.toml', '');
    const both = around({ XDG_CONFIG_HOME: `${directory}/xdg`, PLUMBLINE_CONFIG: env });
    expect((await readSettings(NO_FLAGS, both)).file).toBe(env);
    const flag = write('flag.toml', '');
    expect((await readSettings({ ...NO_FLAGS, config: flag }, both)).file).toBe(flag);
  });

  it('ignores an empty $PLUMBLINE_CONFIG and a relative $XDG_CONFIG_HOME', async () => {
    const user = write('me/.config/plumbline/config.toml', '');
    const settings = await readSettings(NO_FLAGS, around({ PLUMBLINE_CONFIG: '', XDG_CONFIG_HOME: 'xdg' }));
    expect(settings.file).toBe(user);
  });

  it('lets each flag stand for its key of the file', async () => {
    const text = 'homes = ["/file/*"]\ncommands = ["a"]\nterminal = "optional"\nhost.id = "file"';
    const config = write('c.toml', text);
    expect(await readSettings({ ...NO_FLAGS, config, homes: ['/flag/*'], hostId: 'flag' }, around())).toMatchObject({
      homes: [{ pattern: '/flag/*', origin: '--home' }],
      commands: ['a'],
      terminal: 'optional',
      hostId: 'flag',
    });
    expect(await readSettings({ ...NO_FLAGS, config, commands: ['*'], terminal: 'required' }, around())).toMatchObject({
      homes: [{ pattern: '/file/*' }],
      commands: ['*'],
      terminal: 'required',
      hostId: 'file',
    });
  });

  it('demands a file that was named, and one that may be read', async () => {
    const missing = `${directory}/nowhere.toml`;
    expect((await failure({ config: missing })).message).toContain(`--config names ${missing}`);
    expect((await failure({}, { PLUMBLINE_CONFIG: missing })).message).toContain('$PLUMBLINE_CONFIG names');
    fs.mkdirSync(`${directory}/me/.config/plumbline/config.toml`, { recursive: true });
    const error = await failure({});
    expect(error).toMatchObject({ code: 'config', message: expect.stringContaining('EISDIR') });
    expect(error.hint).toContain('--config /dev/null for none');
    expect((await readSettings({ ...NO_FLAGS, config: '/dev/null' }, around())).homes).toEqual([]);
  });

  it.each([
    [{ homes: ['/srv'] }, '--home: the pattern /srv has no *'],
    [{ homes: ['/srv/*'], commands: [''] }, '--command: the name is empty'],
    [{ homes: ['/srv/*'], commands: ['bin/claude'] }, 'is a path'],
    [{ hostId: ' ' }, '--host-id: it is empty'],
    [{ commands: ['claude'] }, '--command needs homes'],
    [{ terminal: 'optional' as const }, '--terminal needs homes'],
  ])('refuses the flags %j', async (flags, message) => {
    expect(await failure(flags)).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
  });

  it('does not ignore commands in a file that has no homes', async () => {
    const config = write('c.toml', 'commands = ["claude"]');
    expect(await failure({ config })).toMatchObject({ code: 'config', message: `${config} has commands and no homes` });
  });
});

function around(env: Surroundings['env'] = {}): Surroundings {
  return {
    env,
    userDirectory: () => `${directory}/me`,
    systemFile: `${directory}/etc/config.toml`,
    workingDirectory: () => '/srv/here',
  };
}

function write(name: string, text: string): string {
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

async function failure(flags: Partial<SettingFlags>, env: Surroundings['env'] = {}): Promise<PlumblineError> {
  const error = await readSettings({ ...NO_FLAGS, ...flags }, around(env)).catch((thrown: unknown) => thrown);
  if (error instanceof PlumblineError) return error;
  throw error;
}
