/** What processes are read from: the same answers by both ways, and what is said where one cannot be had. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asUser } from '../makers/namespaces.ts';
import { requires } from '../makers/requires.ts';
import { Fleet, PLUMB } from './plumb.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = new Fleet();
  for (const name of ['ada', 'ben', 'cy']) await fleet.start(fleet.home(name));
});
afterAll(() => fleet.end());

describe('plumb --source', () => {
  requires('the iterator', 'the whole machine');

  it('tells the same by both ways, and which it was', async () => {
    for (const command of [['list'], ['homes']]) {
      const told = await answerOf([...command, '--source', 'bpf']);
      const expected = await answerOf([...command, '--source', 'procfs']);
      expect([told.source, expected.source]).toEqual(['bpf', 'procfs']);
      expect(told.answer).toEqual(expected.answer);
    }
  });

  it('goes for every command that looks', async () => {
    for (const command of [
      ['pid', 'ada'],
      ['processes', 'ada', '--columns', 'pid,comm'],
      ['locks', 'ada'],
      ['sql', 'select name from sessions order by 1'],
    ]) {
      const told = await fleet.plumb([...command, ...fleet.flags, '--source', 'bpf']);
      const expected = await fleet.plumb([...command, ...fleet.flags, '--source', 'procfs']);
      expect({ command, ...told }).toEqual({ command, ...expected });
      expect(told.code).toBe(0);
    }
  });

  it('may stand in the environment and in the configuration, and the command line stands over both', async () => {
    const file = fleet.path('source.toml');
    fs.writeFileSync(file, 'source = "bpf"\n');
    const sourceOf = async (args: readonly string[], env = {}) => {
      return JSON.parse((await fleet.plumb(['list', '--json', ...args], { env })).stdout).coverage.source;
    };
    expect(await sourceOf(['--config', file])).toBe('bpf');
    expect(await sourceOf(['--config', file], { PLUMBLINE_SOURCE: 'procfs' })).toBe('procfs');
    expect(await sourceOf(['--config', file, '--source', 'bpf'], { PLUMBLINE_SOURCE: 'procfs' })).toBe('bpf');
  });

  it('ends with 2 where there is no such source', async () => {
    expect(await fleet.plumb(['list', '--source', 'ebpf'])).toMatchObject({ code: 2 });
    const ran = await fleet.plumb(['list'], { env: { PLUMBLINE_SOURCE: 'ebpf' } });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('PLUMBLINE_SOURCE: there is no source ebpf');
    expect(ran.stderr).toContain('auto, procfs, bpf');
  });

  describe('for who may not load one', () => {
    requires('setpriv', 'a node for every user');

    it('ends with 3, and says what to do', () => {
      const [file = '', ...argv] = asUser(3001, process.execPath, PLUMB, 'list', ...fleet.flags, '--source', 'bpf');
      const ran = spawnSync(file, argv, { encoding: 'utf8' });
      expect(ran.status).toBe(3);
      expect(ran.stderr).toMatch(/no iterator: .*; and none of our own: /);
      expect(ran.stderr).toContain('plumb bpf install');
    });
  });

  /** Without what differs from look to look. */
  async function answerOf(command: readonly string[]) {
    const ran = await fleet.plumb([...command, ...fleet.flags, '--json']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const { observed_at: _, host: __, coverage, ...answer } = JSON.parse(ran.stdout);
    const text = JSON.stringify(answer).replaceAll(/"(started_at|observed_at|age_seconds)":("[^"]*"|\d+)/g, '"$1":0');
    return { source: coverage.source, answer: JSON.parse(text) };
  }
});
