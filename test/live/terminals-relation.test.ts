import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TERMINALS } from '../../src/relations/terminals.ts';
import type { WireObject } from '../../src/relations/wire.ts';
import { compile, install } from '../makers/c-program.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser, inMountNamespace, inPidNamespace } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { isThere, processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { type RowsOf, rowsOf } from '../makers/rows-of.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow, type Terminal } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** The rows of one terminal, as its identity is told. */
function rowsAt(
  { rows }: Pick<RowsOf, 'rows'>,
  { dev, index }: Pick<Terminal, 'dev' | 'index'>,
): readonly WireObject[] {
  return rows.filter((row) => row['dev'] === String(dev) && row['index'] === index);
}

async function read(...named: string[]): Promise<RowsOf> {
  return rowsOf(TERMINALS, {}, named.length === 0 ? null : named);
}

/** A devpts instance like a container's, with a terminal in it. */
const IN_CONTAINER = inMountNamespace(
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts; mount --bind /dev/pts/ptmx /dev/ptmx; exec "$@"',
);

async function openContained(): Promise<{ pid: number; holder: number; path: string; dev: bigint }> {
  const maker = spawn('setpriv', ['--pdeathsig', 'KILL', ...IN_CONTAINER, 'sh', compile('terminal'), 'sleep', '1000'], {
    stdio: 'pipe',
  });
  onTestFinished(() => void maker.kill('SIGKILL'));
  const { pid, path } = await readFacts<{ pid: number; path: string }>(maker);
  await waitFor('its program', () => processRow(pid)?.hasExecuted);
  const { dev } = fs.statSync(`/proc/${pid}/fd/0`, { bigint: true });
  return { pid, path, dev, holder: maker.pid ?? 0 };
}

describe('the relation of terminals', () => {
  requires('cc');

  it('tells who holds a terminal, who leads it, what is in front, and what waits there', async () => {
    const shell = await openShell({ cwd: makeScratch() });
    shell.type('sleep 1000');
    const job = await programBelow(shell.pid, 'sleep', inFront);
    shell.press('hello\n');
    const maker = processRow(shell.pid)?.ppid;
    const row = await waitFor('what was typed', async () => {
      const [only, ...others] = rowsAt(await read(), shell);
      expect(others).toEqual([]);
      return only?.['unread_bytes'] === 6 && only;
    });
    // In whole seconds: the kernel notes no more, and keeps what stood below from when the terminal was made.
    const node = fs.statSync(`/dev/${shell.name}`, { bigint: true });
    expect(row).toMatchObject({
      name: shell.name,
      holder_pid: maker,
      holder_comm: `terminal-${String(row['holder_comm']).slice('terminal-'.length)}`,
      holders: [{ pid: maker }],
      leader_pid: shell.pid,
      leader_comm: 'bash',
      foreground_pgid: job,
      foreground_pid: job,
      foreground_comm: 'sleep',
      last_input_at: secondOf(node.atimeNs),
      last_output_at: secondOf(node.mtimeNs),
      canonical: true,
      echo: true,
      isig: true,
      pane: null,
    });
  });

  it('lists every terminal of /dev/pts, once', async () => {
    await openTerminal(['sleep', '1000'], { cwd: makeScratch() });
    const names = () => fs.readdirSync('/dev/pts').filter((name) => /^\d+$/.test(name));
    const { dev } = fs.statSync('/dev/pts', { bigint: true });
    // Others open and close terminals at the same time.
    await waitFor('two equal lists', async () => {
      const before = names();
      const { rows } = await read('name', 'dev', 'index');
      const ours = rows.filter((row) => row['dev'] === String(dev)).map((row) => String(row['index']));
      return before.sort().join() === names().sort().join() && ours.sort().join() === before.join();
    });
  });

  it('lists one that no program is on, and does not hang up on its holder', async () => {
    const maker = spawn(compile('unused-terminal'), [], { stdio: 'pipe' });
    onTestFinished(() => void maker.kill('SIGKILL'));
    const { path } = await readFacts<{ path: string }>(maker);
    let said = '';
    maker.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    maker.stdout.resume();
    const { dev } = fs.statSync(path, { bigint: true });
    const terminal = { dev, index: Number(path.slice('/dev/pts/'.length)) };
    expect(rowsAt(await read(), terminal)).toMatchObject([
      {
        holder_pid: maker.pid,
        leader_pid: null,
        foreground_pgid: null,
        unread_bytes: null,
        canonical: null,
        sessions: [],
      },
    ]);
    expect(said).toBe('');
    // As it would have said.
    fs.closeSync(fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOCTTY));
    await waitFor('its word', () => said === 'hung up\n');
  });

  it('has none that was hung up, though a program still has it open', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal(['sh', '-c', 'trap "" HUP; sleep 1000; true'], { cwd: scratch });
    const survivor = await programBelow(terminal.pid, 'sleep');
    expect(rowsAt(await read('dev', 'index', 'leader_pid'), terminal)).toMatchObject([{ leader_pid: terminal.pid }]);
    await terminal.hangUp();
    await waitFor('the hang-up', () => processRow(survivor)?.ttyNr === 0);
    expect(rowsAt(await read('dev', 'index', 'leader_pid'), terminal)).toEqual([]);
    expect(isThere(survivor)).toBe(true);
  });

  it('says which session a terminal shows, and has only its terminals for one', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const shell = await openShell({ cwd: home });
    await openTerminal(['sleep', '1000'], { cwd: scratch });
    shell.type(install('agent', `${scratch}/bin/claude`));
    const agent = await programBelow(shell.pid, 'claude', inFront);
    const options = { homes: homesAt({ ada: home }), commands: ['claude'] };
    const all = await rowsOf(TERMINALS, options);
    const row = { session: 'ada', joined_by: 'owner', leader_pid: shell.pid, foreground_pid: agent };
    expect(rowsAt(all, shell)).toMatchObject([row]);
    const narrowed = await rowsOf(TERMINALS, options, null, 'ada');
    expect(narrowed.rows).toEqual(rowsAt(all, shell));
  });

  describe('of containers', () => {
    requires('root', 'mount namespaces');

    it('tells terminals of one name apart', async () => {
      const [one, two] = [await openContained(), await openContained()];
      expect([one.path, two.path]).toEqual(['/dev/pts/0', '/dev/pts/0']);
      const all = await read();
      for (const { pid, dev, holder } of [one, two]) {
        const row = {
          leader_pid: pid,
          holder_pid: holder,
          foreground_comm: 'sleep',
          unread_bytes: 0,
          canonical: true,
        };
        expect(rowsAt(all, { dev, index: 0 })).toMatchObject([row]);
      }
    });

    it('is one row where a program has opened it in a chroot', async () => {
      const scratch = makeScratch();
      const script = [
        `jail=${scratch}/jail; mkdir $jail; cp ${compile('terminal')} $jail/maker`,
        'for d in /lib /lib64 /usr /bin /dev /dev/pts; do mkdir -p $jail$d; mount --bind $d $jail$d; done',
        'exec chroot $jail /maker sleep 1000',
      ].join('\n');
      const maker = spawn('setpriv', ['--pdeathsig', 'KILL', ...inMountNamespace(script)], { stdio: 'pipe' });
      onTestFinished(() => void maker.kill('SIGKILL'));
      const { pid, path } = await readFacts<{ pid: number; path: string }>(maker);
      await waitFor('its program', () => processRow(pid)?.hasExecuted);
      expect(fs.readlinkSync(`/proc/${pid}/fd/0`)).toBe(`${scratch}/jail${path}`);
      const { rows } = await read();
      const { dev } = fs.statSync('/dev/pts', { bigint: true });
      expect(rows.filter((row) => row['name'] === path.slice('/dev/'.length) && row['dev'] === null)).toEqual([]);
      expect(rowsAt({ rows }, { dev, index: Number(path.slice('/dev/pts/'.length)) })).toMatchObject([
        { leader_pid: pid, holder_pid: maker.pid, unread_bytes: 0 },
      ]);
    });

    it('does not take the /dev that its holder was in for an instance', async () => {
      const maker = spawn(compile('unused-terminal'), [makeScratch()], { stdio: 'pipe' });
      onTestFinished(() => void maker.kill('SIGKILL'));
      const { path } = await readFacts<{ path: string }>(maker);
      const { rows, coverage } = await read();
      const devs = rows.filter((row) => `/dev/${row['name']}` === path).map((row) => row['dev']);
      expect(devs).not.toContain(String(fs.statSync('/dev', { bigint: true }).dev));
      const { dev } = fs.statSync('/dev/pts', { bigint: true });
      const own = rowsAt({ rows }, { dev, index: Number(path.slice('/dev/pts/'.length)) });
      expect(own).toMatchObject([{ holder_pid: null, holders: null }]);
      expect(coverage.reasons.find(({ code }) => code === 'terminal_unplaced')?.pids).toContain(maker.pid);
    });

    it('has one that no program is on', async () => {
      const maker = spawn('setpriv', ['--pdeathsig', 'KILL', ...IN_CONTAINER, 'sh', compile('unused-terminal')], {
        stdio: 'pipe',
      });
      onTestFinished(() => void maker.kill('SIGKILL'));
      await readFacts(maker);
      const { dev } = fs.statSync(`/proc/${maker.pid}/root/dev/pts`, { bigint: true });
      expect(rowsAt(await read(), { dev, index: 0 })).toMatchObject([{ holder_pid: maker.pid, leader_pid: null }]);
    });
  });

  describe('of which the group in front lies outside of our pid namespace', () => {
    requires('root', 'mount namespaces');

    it('tells no process as being in front', async () => {
      const scratch = makeScratch();
      const told = `${scratch}/told`;
      const look = `${globalThis.process.execPath} ${bundleWithKoffi(scratch, 'terminals-main')} > ${told}.new`;
      const terminal = await openTerminal(inPidNamespace('sh', '-c', `${look}; mv ${told}.new ${told}; sleep 1000`), {
        cwd: scratch,
      });
      const { rows } = await waitFor(
        'what it sees',
        () => fs.existsSync(told) && (JSON.parse(fs.readFileSync(told, 'utf8')) as RowsOf),
      );
      const nothing = { leader_pid: null, foreground_pgid: null, foreground_pid: null, foreground_comm: null };
      expect(rowsAt({ rows }, terminal)).toMatchObject([{ ...nothing, canonical: true }]);
    });
  });

  describe('of other users', () => {
    requires('root', 'setpriv', 'a node for every user');

    it('tells what may not be seen as not known, and counts it', async () => {
      const scratch = makeScratch();
      const terminal = await openTerminal(['sleep', '1000'], { cwd: scratch });
      const main = bundleWithKoffi(scratch, 'terminals-main');
      const all = JSON.parse(await output([...asUser(3001), globalThis.process.execPath, main])) as RowsOf;
      const unseen = all.rows.find((row) => row['leader_pid'] === terminal.pid);
      expect(unseen).toMatchObject({ name: terminal.name, dev: null, foreground_comm: 'sleep', unread_bytes: null });
      expect(rowsAt(all, terminal)).toMatchObject([{ holder_pid: null, holders: null, leader_pid: null }]);
      const pidsOf = (wanted: string) => all.coverage.reasons.find(({ code }) => code === wanted)?.pids;
      expect(pidsOf('process_denied')).toContain(terminal.pid);
      expect(pidsOf('fd_denied')).toContain(processTable().find(({ pid }) => pid === terminal.pid)?.ppid);
    });
  });

  describe('in panes', () => {
    requires('tmux');

    it('tells the pane that shows it, where that is asked for', async () => {
      const scratch = makeScratch();
      const server = await startTmux(scratch);
      const pane = server.openPane(scratch, ['sleep', '1000']);
      const leader = await waitFor('its program', () => processRow(pane.pid())?.comm === 'sleep' && pane.pid());
      const { rows } = await read('leader_pid', 'holder_pid', 'pane');
      const address = server.run(
        'display-message',
        '-p',
        '-t',
        pane.id,
        '#{session_name}:#{window_index}.#{pane_index}',
      );
      expect(rows.find((row) => row['leader_pid'] === leader)).toEqual({
        leader_pid: leader,
        holder_pid: server.pid(),
        pane: `${address} ${pane.id}`,
      });
    });
  });
});

function secondOf(ns: bigint): string {
  return new Date(Number(ns / 1_000_000_000n) * 1000).toISOString();
}
