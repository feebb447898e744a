import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { killLeftovers } from '../makers/leftovers.ts';
import { asUser, withProcMounted } from '../makers/namespaces.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor, waitForText } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';
import { childOf, startScriptIn, WhyAsked } from './why-asked.ts';

let fleet: Fleet;
let asked: WhyAsked;
beforeAll(() => {
  fleet = new Fleet();
  asked = new WhyAsked(fleet);
});
afterAll(async () => {
  await fleet.end();
  // What a server's pane has started outlives the server.
  await killLeftovers();
});

describe('plumb why of what is odd', () => {
  requires('the whole machine');

  it('shows names that a terminal would obey as text, and leads to a session whose name looks like an option', async () => {
    const name = 'a\n(b) \x1b[31m';
    fs.copyFileSync('/bin/sleep', fleet.path(name));
    const owner = await startScriptIn(
      fleet,
      fleet.home('-o json'),
      `exec 7< '${fleet.path(name)}'; '${fleet.path(name)}' 1000`,
    );
    const pid = await waitFor('the child', () => processTable().find((it) => it.ppid === owner && it.hasExecuted)?.pid);
    const { stdout, code } = await asked.once(['pid', String(pid)]);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`${pid} (a\\n(b) \\x1B[31m) counts to -o json`);
    expect(stdout).toContain("$ plumb show -- '-o json'");
    // Every line but the blank one is whole.
    expect(stdout).not.toContain('\x1b');
    const file = await asked.told(['path', fleet.path(name)]);
    expect(file).toMatchObject({ code: 0, sessions: [{ name: '-o json' }] });
    const check = file.evidence[0]?.check ?? 'false';
    const printed = execFileSync('bash', ['-c', check], { encoding: 'utf8' }).trim();
    expect(printed).toBe(file.evidence[0]?.value);
  });

  it('says of what a shell has left behind that it may be the agent’s, and ends with 3', async () => {
    const home = fleet.home('sam');
    const agent = fleet.path(fleet.command);
    const file = fleet.path('orphan');
    const isThere = `[ "$(readlink /proc/$agent/exe)" = '${fs.realpathSync(agent)}' ]`;
    const leave = `(sleep 1001 & echo $! > '${file}.new'); mv '${file}.new' '${file}'`;
    const script = `cd '${home}'; '${agent}' 1000 & agent=$!; cd /; until ${isThere}; do sleep 0.01; done; ${leave}`;
    const shell = await fleet.start('/', '/bin/bash', ['--norc', '-c', `${script}\nwait`]);
    const pid = Number(await waitForText(file));
    await childOf(shell, fleet.command.slice(0, 15));
    await waitFor('it to be an orphan', () => processRow(pid)?.comm === 'sleep' && processRow(pid)?.ppid !== shell);
    const ran = await asked.once(['pid', String(pid)]);
    expect(ran.code).toBe(3);
    const first = `${pid} (sleep) counts to no session that is certain; it may be of `;
    expect(ran.stdout.slice(0, first.length)).toBe(first);
    expect(ran.stdout).toContain('it may count to sam');
    expect(ran.stdout).toContain(`${processRow(pid)?.sid}, made by ${shell} (bash)`);
  });

  describe('where /proc hides processes', () => {
    requires('a node for every user', 'root', 'mount namespaces', 'procfs options of each mount');

    it.each([
      ['hidepid=2', 'it exists, and /proc hides it (hidepid)'],
      ['hidepid=1', 'it may not be looked at (EPERM)'],
    ])('says so under %s, and nothing of whether it is there', async (option, reason) => {
      const pid = await fleet.start(fleet.home('hid'));
      const words = [process.execPath, PLUMB, 'why', 'pid', String(pid), ...fleet.flags];
      const [command = '', ...rest] = withProcMounted(option, ...asUser(3001, ...words));
      const env = { PATH: process.env['PATH'] ?? '', PLUMBLINE_CONFIG: '/dev/null' };
      const { status, stdout } = spawnSync(command, rest, { cwd: '/', env, encoding: 'utf8' });
      expect({ status, stdout }).toEqual({
        status: 3,
        stdout: `there is no process ${pid} that could be seen, and not all could: ${reason}\n`,
      });
    });
  });

  describe('of a process whose first thread has ended', () => {
    requires('cc');

    it('finds what its other threads have open, and does not call it ended', async () => {
      const file = fleet.path('of-threads');
      fs.writeFileSync(file, '');
      const program = install('leaderless', fleet.path('leaderless'));
      const owner = await startScriptIn(fleet, fleet.home('leo'), `'${program}' < '${file}' &`);
      await waitFor('it to be one', () => {
        return processTable().some(
          ({ ppid, state, threadCount }) => ppid === owner && state === 'Z' && threadCount > 1,
        );
      });
      const { code, answer, processes } = await asked.told(['path', file]);
      expect({ code, answer }).toEqual({ code: 0, answer: `${file} is used by leo` });
      const facts = processes[0]?.evidence ?? [];
      expect(facts.map(({ value }) => value).join()).not.toContain('a zombie');
      const printed = execFileSync('sh', ['-c', facts[0]?.check ?? 'false'], { encoding: 'utf8' }).trim();
      expect(printed).toBe(`${fs.statSync(file).dev}:${fs.statSync(file).ino}`);
    });
  });

  describe('of files that are had in other ways than by a path of their own', () => {
    requires('unshare', 'root', 'mount namespaces');

    it('finds a descriptor that was inherited from another mount namespace, and a library that is mapped', async () => {
      const [inherited, library] = [fleet.path('inherited'), fleet.path('a-library.so')];
      const loaded = /\S+\.so\S*$/m.exec(fs.readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? '';
      fs.copyFileSync(loaded, library);
      const script = `unshare -m sleep 1005 > '${inherited}' & LD_PRELOAD='${library}' sleep 1006 &`;
      const owner = await startScriptIn(fleet, fleet.home('eli'), script);
      const both = await waitFor('both', () => {
        const found = processTable().filter(({ ppid, comm }) => ppid === owner && comm === 'sleep');
        return found.length === 2 && found.map(({ pid }) => pid);
      });
      const file = await asked.told(['path', inherited]);
      expect(file).toMatchObject({ code: 0, answer: `${inherited} is used by eli` });
      expect(file.processes.map(({ roles }) => roles)).toEqual([[{ role: 'has it open' }]]);
      const mapped = await waitFor('the library', async () => {
        const it = await asked.told(['path', library]);
        return it.processes.length > 0 && it;
      });
      expect(mapped).toMatchObject({ code: 0, answer: `${library} is used by eli` });
      expect(mapped.processes.map(({ roles }) => roles)).toEqual([[{ role: 'has it in its memory' }]]);
      expect(both).toEqual(expect.arrayContaining([...file.processes, ...mapped.processes].map(({ pid }) => pid)));
      const check = mapped.processes[0]?.evidence[0]?.check ?? 'false';
      const { dev, ino } = fs.statSync(library);
      expect(execFileSync('sh', ['-c', check], { encoding: 'utf8' }).trim()).toBe(`${dev}:${ino}`);
    });
  });

  describe('in another network', () => {
    requires('unshare', 'root', 'network namespaces');

    it('finds who listens there', async () => {
      const file = fleet.path('port-inside');
      const script = `require("net").createServer(() => {}).listen(0, "127.0.0.1", function () { require("fs").writeFileSync("${file}", String(this.address().port)); })`;
      const run = `unshare -n sh -c 'ip link set lo up; exec ${process.execPath} -e "$0"' '${script}' &`;
      await startScriptIn(fleet, fleet.home('net'), run);
      const port = await waitForText(file);
      const { code, answer } = await asked.told(['port', port]);
      expect({ code, answer }).toEqual({ code: 0, answer: `port ${port} is held by net` });
    });
  });
});

describe('plumb why pane, checked by hand', () => {
  requires('tmux', 'setpriv', 'root', 'script', 'the whole machine');

  it('finds a session on a terminal within the pane’s, and what it shows with tmux itself', async () => {
    const tmux = await startTmux(fleet.directory, { socket: ['-L', 'why-odd'] });
    const agent = fleet.path(fleet.command);
    const pane = tmux.openPane(fleet.home('ivy'), ['script', '-qc', `${agent} 1000`, '/dev/null']);
    const address = tmux.run('display-message', '-p', '-t', pane.id, '#{session_name}:#{window_index}.#{pane_index}');
    const found = await waitFor('the agent within', async () => {
      const it = await asked.told(['pane', `${address} ${pane.id}`]);
      return it.verdict === 'session' && it;
    });
    expect(found).toMatchObject({ code: 0, answer: `pane ${address} ${pane.id} shows ivy` });
    const check = found.evidence.find(({ fact }) => fact.includes(` ${tmux.pid()} `))?.check ?? 'false';
    const printed = execFileSync('sh', ['-c', check], { encoding: 'utf8' }).trim();
    expect(printed).toBe(`/dev/${pane.terminal()} ${pane.pid()}`);
    expect(found.processes.find(({ session }) => session === 'ivy')?.roles[0]?.role).toMatch(
      /, which is shown within it$/,
    );
  });
});
