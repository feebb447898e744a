/** What the units of packaging/ say, held against systemd and the kernel. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { makePinsPlace, plumbBpf } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { startWatcher } from '../makers/watcher.ts';

leavesNothingBehind();

const ROOT = path.join(import.meta.dirname, '../..');
const PLUMB = `${ROOT}/dist/plumb.cjs`;
const UNIT = fs.readFileSync(`${ROOT}/packaging/plumbline.service`, 'utf8');
const SERVICE_USER = '3001';

/** What the unit sets a key to, in words. */
function setting(key: string): readonly string[] {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(UNIT)?.[1]?.split(' ') ?? [];
}

/** What runs a command as a user of its own with these capabilities and no others, as the unit does. */
function withCapabilities(names: readonly string[]): readonly [string, ...string[]] {
  const sets = ['-all', ...names.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)].join(',');
  const user = [`--reuid=${SERVICE_USER}`, `--regid=${SERVICE_USER}`, '--clear-groups', '--no-new-privs'];
  return ['setpriv', ...user, `--inh-caps=${sets}`, `--ambient-caps=${sets}`, `--bounding-set=${sets}`];
}

describe.each(['plumbline.service', 'plumbline-serve.service'])('packaging/%s', (name) => {
  requires('systemd-analyze');

  it('is understood by systemd, and leaves little exposed', () => {
    const unit = `${makeScratch()}/${name}`;
    const text = fs.readFileSync(`${ROOT}/packaging/${name}`, 'utf8');
    // The command need not be installed for this.
    fs.writeFileSync(unit, text.replace(/^ExecStart=\S+ (.*)$/m, 'ExecStart=/bin/true $1'));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect([verified.status, verified.stderr]).toEqual([0, '']);
    const security = ['security', '--offline=true', '--threshold=30', '--no-pager', unit];
    expect(spawnSync('systemd-analyze', security).status).toBe(0);
  });
});

describe('packaging/plumbline-bpf.service', () => {
  const text = fs.readFileSync(`${ROOT}/packaging/plumbline-bpf.service`, 'utf8');
  const [, capabilities = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(text) ?? [];

  describe('as a unit', () => {
    requires('systemd-analyze');

    it('is understood by systemd, and has no mount namespace: its mount has to be seen outside', () => {
      const unit = `${makeScratch()}/plumbline-bpf.service`;
      // The command need not be installed for this.
      fs.writeFileSync(unit, text.replace(/^(Exec\w+)=\S+ (.*)$/gm, '$1=/bin/true $2'));
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
      expect([verified.status, verified.stderr]).toEqual([0, '']);
      expect(text).not.toMatch(/^(?:Protect|Private|ReadOnly|ReadWrite|Inaccessible|Bind|Temporary|Mount)\w*=/m);
    });
  });

  describe('as root with its capabilities', () => {
    requires('root', 'iterators', 'setpriv');

    const installAs = (names: readonly string[], directory: string) => {
      const sets = ['-all', ...names.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)].join(',');
      const through = ['setpriv', '--no-new-privs', '--inh-caps=-all', `--bounding-set=${sets}`];
      return plumbBpf(['install', '--directory', directory, '--group', '4242'], { through });
    };

    it('pins; and each of them is needed', async () => {
      const own = capabilities.split(' ');
      expect(own).toEqual(['CAP_SYS_ADMIN', 'CAP_CHOWN']);
      expect(await installAs(own, makePinsPlace())).toMatchObject({ code: 0, stderr: '' });
      for (const missing of own) {
        const refused = await installAs(
          own.filter((it) => it !== missing),
          makePinsPlace(),
        );
        expect(refused).toMatchObject({ code: 3, stdout: '' });
      }
    });
  });
});

describe('packaging/plumbline.sysusers', () => {
  requires('root', 'systemd-sysusers');

  it('makes the group, and a user of the same name: a group alone would keep plumbline.service from starting', () => {
    const [root] = makeDirectories(makeScratch(), 'root');
    fs.mkdirSync(`${root}/etc`);
    execFileSync('systemd-sysusers', [`--root=${root}`, `${ROOT}/packaging/plumbline.sysusers`], { stdio: 'ignore' });
    expect(fs.readFileSync(`${root}/etc/group`, 'utf8')).toMatch(/^plumbline:/m);
    expect(fs.readFileSync(`${root}/etc/passwd`, 'utf8')).toMatch(/^plumbline:/m);
    expect(setting('User')).toEqual(['plumbline']);
  });
});

describe('the capabilities of the service', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user');

  /** Root's agent, in a home where only root may go. */
  async function makeAgent() {
    const scratch = makeScratch();
    const [homes, ada, state] = makeDirectories(scratch, 'homes', 'homes/ada', 'state');
    fs.chmodSync(homes, 0o700);
    fs.chownSync(state, Number(SERVICE_USER), Number(SERVICE_USER));
    const agent = await openTerminal([install('agent', `${scratch}/bin/plumbagent`)], { cwd: ada });
    const env = { PATH: globalThis.process.env['PATH'] ?? '', PLUMBLINE_CONFIG: '/dev/null', STATE_DIRECTORY: state };
    const flags = ['--home', `${homes}/*`, '--command', 'plumbagent'];
    const list = (capabilities: readonly string[]) => {
      const [setpriv, ...argv] = withCapabilities(capabilities);
      const all = [...argv, globalThis.process.execPath, PLUMB, 'list', ...flags];
      return execFileSync(setpriv, all, { encoding: 'utf8', cwd: '/', env, stdio: ['ignore', 'pipe', 'ignore'] });
    };
    return { agent, ada, env, flags, list };
  }

  it('are these two, and no others', () => {
    expect(setting('CapabilityBoundingSet')).toEqual(['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH']);
    expect(setting('AmbientCapabilities')).toEqual(setting('CapabilityBoundingSet'));
  });

  it('are enough to see other users’ sessions, and each of them is needed', async () => {
    const { agent, ada, list } = await makeAgent();
    const both = setting('CapabilityBoundingSet');
    expect(list(both)).toBe(`ada\t${agent.pid}\t${ada}\n`);
    for (const missing of both) expect(list(both.filter((it) => it !== missing))).toBe('');
  });

  it('are enough to watch', async () => {
    const { env, flags } = await makeAgent();
    const plumb = [globalThis.process.execPath, PLUMB, 'sync', '--watch', ...flags];
    const watcher = startWatcher([...withCapabilities(setting('CapabilityBoundingSet')), ...plumb], { cwd: '/', env });
    await waitFor('the row', () => watcher.lines().some((line) => line.endsWith(' 1 new')));
    watcher.signal('SIGTERM');
    expect(await watcher.ended).toEqual({ code: 0, signal: null });
  });
});
