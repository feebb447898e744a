/** Where the configuration comes from, and what happens when it is wrong. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../makers/child-output.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
let ada: number;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

describe('the configuration', () => {
  it('is read from the first place that has a file', async () => {
    const right = config('right.toml', `homes = ["${fleet.path('agents/*')}"]\ncommands = ["${fleet.command}"]\n`);
    const wrong = config('wrong.toml', `homes = ["ben = ${fleet.directory}"]\n`);
    fs.mkdirSync(fleet.path('xdg/plumbline'), { recursive: true });
    fs.copyFileSync(right, fleet.path('xdg/plumbline/config.toml'));
    const seen = `ada\t${ada}\t${fleet.path('agents/ada')}\n`;
    expect((await fleet.plumb(['list', '--config', right], { env: { PLUMBLINE_CONFIG: wrong } })).stdout).toBe(seen);
    expect((await fleet.plumb(['list'], { env: { PLUMBLINE_CONFIG: right } })).stdout).toBe(seen);
    const xdg = { PLUMBLINE_CONFIG: '', XDG_CONFIG_HOME: fleet.path('xdg') };
    expect((await fleet.plumb(['list'], { env: xdg })).stdout).toBe(seen);
    expect((await fleet.plumb(['list', ...fleet.flags], { env: { PLUMBLINE_CONFIG: wrong } })).stdout).toBe(seen);
  });

  it.each([
    ['home = []', 'home, line 1 of FILE: there is no such key', 'did you mean homes?'],
    ['homes = ["/srv/*"]\n\ncommands = "claude"', 'commands, line 3 of FILE: expected an array, found "claude"', ''],
    ['homes = [\n  "/srv/*/*",\n]', 'homes[0], line 2 of FILE: the pattern /srv/*/* has 2 *', 'exactly one *'],
    ['homes = ["/srv/*"', 'line 1 of FILE: this is not TOML', ''],
  ])('%j ends with 2, the place and what to do', async (text, message, hint) => {
    const file = config('broken.toml', text);
    const ran = await fleet.plumb(['list', '--config', file]);
    expectRefusal(ran, message.replace('FILE', file), hint);
  });

  it('refuses two homes that are one directory, and two of one name', async () => {
    const agents = fleet.path('agents/*');
    const twice = config('twice.toml', `homes = [\n"${agents}",\n"also = ${fleet.path('agents/ada')}"]`);
    expectRefusal(await fleet.plumb(['list', '--config', twice]), `homes[1], line 3 of ${twice}`, 'one session');
    const named = await fleet.plumb(['list', '--home', agents, '--home', `ada=${fleet.directory}`]);
    expectRefusal(named, 'two homes have one name', 'under one name');
  });

  it('that was named and is missing ends with 2', async () => {
    const file = fleet.path('missing.toml');
    expectRefusal(await fleet.plumb(['list', '--config', file]), `--config names ${file}`, 'create it');
    expectRefusal(await fleet.plumb(['list'], { env: { PLUMBLINE_CONFIG: file } }), '$PLUMBLINE_CONFIG names', '');
  });

  it('costs nothing where there is none: a piped list loads only what it uses', async () => {
    const trace = fleet.path('loaded.json');
    const hook = fleet.path('hook.cjs');
    const dump = `JSON.stringify({ files: Object.keys(require.cache), builtins: process.moduleLoadList })`;
    fs.writeFileSync(hook, `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(trace)}, ${dump}));`);
    const nobody = { PLUMBLINE_CONFIG: '', HOME: fleet.path('nobody') };
    const { stdout } = await fleet.plumb(['list'], { env: { ...nobody, NODE_OPTIONS: `--require ${hook}` } });
    expect(stdout).toContain(`ada\t${ada}\t`);
    const { files, builtins } = JSON.parse(fs.readFileSync(trace, 'utf8'));
    expect(files).toContainEqual(expect.stringMatching(/\/dist\/plumb\.cjs$/));
    expect(files).not.toContainEqual(
      expect.stringMatching(/\/(?:file|json|session-table|show|pid|homes|record)-\w+\.cjs$/),
    );
    expect(builtins).not.toContain('NativeModule net');
    expect(builtins).not.toContain('NativeModule child_process');
  });
});

function config(name: string, text: string): string {
  const file = fleet.path(name);
  fs.writeFileSync(file, text);
  return file;
}

function expectRefusal({ code, stdout, stderr }: Ran, message: string, hint: string): void {
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
}
