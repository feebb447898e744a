import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor, waitForText } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';
import { childOf, startScriptIn, WhyAsked } from './why-asked.ts';

let fleet: Fleet;
let asked: WhyAsked;
beforeAll(() => {
  fleet = new Fleet();
  asked = new WhyAsked(fleet);
});
afterAll(() => fleet.end());

const startScript = (home: string, script: string) => startScriptIn(fleet, home, script);
const why = (...words: readonly string[]) => asked.once(words);
const proven = (...words: readonly string[]) => asked.proven(words);
const told = (...words: readonly string[]) => asked.told(words);

describe('plumb why pid', () => {
  requires('the whole machine');

  it('leads a child that has left the terminal to its session, in steps that can be checked', async () => {
    const owner = await startScript(fleet.home('ada'), 'setsid sh -c "sleep 1001; :" & sleep 1002');
    const shell = await childOf(owner, 'sh');
    const pid = await childOf(shell, 'sleep');
    const { stdout, code } = await why('pid', String(pid));
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`${pid} (sleep) counts to ada`);
    expect(stdout).toContain(`${pid} (sleep) counts to ada (ancestry)\n`);
    const { processes, sessions, verdict } = await told('pid', String(pid));
    expect({ verdict, sessions }).toEqual({ verdict: 'session', sessions: [{ name: 'ada' }] });
    expect(processes).toMatchObject([{ pid, session: 'ada', joined_by: 'ancestry' }]);
    const steps = processes[0]?.evidence ?? [];
    expect(steps.map(({ fact }) => fact)).toEqual([
      'the process',
      `${pid} is a child of`,
      `${shell} is a child of`,
      `${owner} is the session`,
    ]);
    for (const { fact, value, check } of steps.slice(1, 3)) {
      const printed = execFileSync('sh', ['-c', check ?? 'false'], { encoding: 'utf8' }).trim();
      expect(`${fact}: ${value}`).toContain(`: ${printed} (`);
    }
    expect(steps[3]?.check).toBe('plumb show ada');
    expect((await why('pid', String(owner))).stdout).toContain(`(${fleet.command.slice(0, 15)}) counts to ada (owner)`);
  });

  it('leads an orphan by the kernel session that was made for it', async () => {
    const owner = await startScript(fleet.home('eva'), 'setsid sh -c "(sleep 1003 &) ; sleep 1004; :" &');
    // setsid(1) becomes the shell, or starts it, where it leads a process group: the terminal's first process alone does.
    const shell = await childOf(owner, 'sh');
    const orphan = await waitFor('the orphan', () => {
      return processTable().find((it) => it.comm === 'sleep' && it.sid === shell && it.ppid !== shell)?.pid;
    });
    const { processes } = await told('pid', String(orphan));
    expect(processes).toMatchObject([{ session: 'eva', joined_by: 'session_id' }]);
    expect(processes[0]?.evidence.map(({ fact }) => fact)).toContain(
      `${orphan} is in the kernel session that was made by`,
    );
  });

  it('names all parents of what counts to no session, and ends with 1', async () => {
    const { code, processes, answer } = await told('pid', String(process.pid));
    expect({ code, answer }).toEqual({ code: 1, answer: expect.stringMatching(/counts to no session$/) });
    const facts = processes[0]?.evidence.map(({ fact }) => fact) ?? [];
    expect(facts).toEqual(
      expect.arrayContaining([`${process.pid} is a child of`, 'no session is among them', 'its kernel session']),
    );
  });

  it('knows threads, zombies, kernel threads, and numbers that nobody has', async () => {
    const owner = await startScript(fleet.home('tom'), `${process.execPath} -e 'setInterval(() => {}, 1000)' &`);
    const node = await waitFor('node', () => processTable().find((it) => it.ppid === owner && it.threadCount > 1)?.pid);
    const thread = fs.readdirSync(`/proc/${node}/task`).find((it) => it !== String(node)) ?? '';
    const ofThread = await told('pid', thread);
    expect(ofThread).toMatchObject({ code: 0, sessions: [{ name: 'tom' }] });
    expect(ofThread.evidence[0]).toMatchObject({ fact: `${thread} is a thread of` });
    const parent = spawn('sh', ['-c', 'sleep 0 & exec sleep 1000']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const zombie = await waitFor('a zombie', () => {
      return processTable().find((it) => it.ppid === parent.pid && it.state === 'Z')?.pid;
    });
    expect((await proven('pid', String(zombie))).stdout).toContain('a zombie: it has ended');
    expect(await told('pid', '2')).toMatchObject({
      code: 1,
      processes: [{ roles: [{ role: 'is a thread of the kernel' }] }],
    });
    const { pid: ended } = spawnSync('true');
    const gone = await waitFor('its number to be nobody’s', () => !fs.existsSync(`/proc/${ended}`) && ended);
    expect(await why('pid', String(gone))).toMatchObject({ code: 1, stdout: `there is no process ${gone}\n` });
  });
});

describe('plumb why port', () => {
  requires('the whole machine');

  async function listening(name: string): Promise<{ owner: number; port: number; server: number }> {
    const file = fleet.path(`port-${name}`);
    const script = `require("net").createServer(() => {}).listen(0, "127.0.0.1", function () { require("fs").writeFileSync("${file}", String(this.address().port)); })`;
    const owner = await startScript(fleet.home(name), `setsid ${process.execPath} -e '${script}' &`);
    const port = Number(await waitForText(file));
    const server = await waitFor(
      'node',
      () => processTable().find((it) => it.ppid === owner && it.threadCount > 1)?.pid,
    );
    return { owner, port, server };
  }

  it('says who listens on it and who is connected to it, and whose they are', async () => {
    const { port, server } = await listening('pia');
    const client = net.connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    await new Promise((resolve) => client.once('connect', resolve));
    const { code, answer, sessions, processes } = await told('port', String(port));
    expect({ code, answer, sessions }).toEqual({
      code: 0,
      answer: `port ${port} is held by pia`,
      sessions: [{ name: 'pia' }],
    });
    const roles = Object.fromEntries(processes.map((it) => [it.pid, it.roles.map(({ role }) => role)]));
    const at = `127.0.0.1:${port}`;
    expect(roles[server]).toContain(`listens on tcp LISTEN ${at}`);
    expect(roles[process.pid]).toEqual([`is connected to it: tcp ESTAB 127.0.0.1:${client.localPort} to ${at}`]);
    expect(processes.find(({ pid }) => pid === server)).toMatchObject({ session: 'pia', joined_by: 'ancestry' });
    for (const word of [`${port}/tcp`, at, `${at}/tcp`]) expect((await why('port', word)).code).toBe(0);
    // Whether somebody has it who was not seen can be proven on a quiet machine alone, and once is enough.
    const word = `${port}/udp`;
    expect(await proven('port', word)).toMatchObject({ code: 1, stdout: `nobody has port ${word}\n` });
    for (const other of [`127.0.0.2:${port}`, `[::1]:${port}`]) {
      expect((await why('port', other)).stdout.startsWith(`nobody has port ${other}`)).toBe(true);
    }
  });

  it('leads to the session of a client, where the port is somebody else’s', async () => {
    const server = net.createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const owner = await startScript(fleet.home('kim'), `exec 7<>/dev/tcp/127.0.0.1/${port}; sleep 1000`);
    const of = () => told('port', String(port));
    const found = await waitFor('the connection', async () => {
      const it = await of();
      return it.processes.some(({ pid }) => pid === owner) && it;
    });
    expect(found).toMatchObject({ code: 1, answer: `port ${port} is held by no session; connected to it: kim` });
  });
});

describe('plumb why path', () => {
  requires('the whole machine');

  it('says who has a file open, by whatever name, and whose home it lies in', async () => {
    const home = fleet.home('lea');
    const file = `${home}/it's a file`;
    fs.writeFileSync(file, '');
    fs.symlinkSync(file, fleet.path('to-it'));
    fs.linkSync(file, fleet.path('the-same'));
    const owner = await startScript(home, `exec 7< "${file}"; sleep 1000`);
    for (const path of [file, fleet.path('to-it')]) {
      const it = await told('path', path);
      expect(it).toMatchObject({ code: 0, answer: `${path} lies in the home of lea` });
      expect(it.processes.find(({ pid }) => pid === owner)?.roles).toEqual([{ role: 'has it open' }]);
      const home = it.evidence[1]?.check ?? 'false';
      const [one, other] = execFileSync('sh', ['-c', home], { encoding: 'utf8' }).trim().split('\n');
      expect(one).toBe(other);
    }
    const linked = await told('path', fleet.path('the-same'));
    expect(linked).toMatchObject({ code: 0, answer: `${fleet.path('the-same')} is used by lea` });
  });

  it('says who has a lock on a file, and who waits for it', async () => {
    const file = fleet.path('locked');
    fs.writeFileSync(file, '');
    const holder = await startScript(fleet.home('jon'), `exec 7< ${file}; flock 7; sleep 1000`);
    await childOf(holder, 'sleep');
    const waiter = await startScript(fleet.home('ann'), `flock ${file} true`);
    const waiting = await childOf(waiter, 'flock');
    const found = await waitFor('the waiter', async () => {
      const it = await told('path', file);
      return it.processes.find(({ pid }) => pid === waiting)?.roles.some(({ role }) => role.startsWith('waits')) && it;
    });
    expect(found).toMatchObject({ code: 0, answer: `${file} is used by jon and ann` });
    const roles = Object.fromEntries(found.processes.map((it) => [it.pid, it.roles.map(({ role }) => role)]));
    expect(roles[holder]).toEqual(['has it open', 'has a FLOCK lock on it (WRITE)']);
    expect(roles[waiting]).toEqual(['has it open', 'waits for a FLOCK lock on it (WRITE)']);
    const line = found.processes.flatMap(({ evidence }) => evidence).find(({ source }) => source.includes('fdinfo'));
    expect(execFileSync('sh', ['-c', line?.check ?? 'false'], { encoding: 'utf8' })).toContain('FLOCK');
  });

  it('says who works in a directory, and who runs a program', async () => {
    const home = fleet.home('max');
    fs.mkdirSync(`${home}/a/b`, { recursive: true });
    const owner = await startScript(`${home}/a/b`, 'sleep 1000');
    const { processes } = await told('path', `${home}/a`);
    expect(processes.find(({ pid }) => pid === owner)?.roles).toEqual([{ role: 'works 1 level below it' }]);
    const program = await told('path', fleet.path('scripts', fleet.command));
    expect(program.processes.find(({ pid }) => pid === owner)?.roles).toEqual([{ role: 'runs it' }]);
  });

  it('says who listens on a Unix socket', async () => {
    const path = fleet.path('the socket');
    const script = `require("net").createServer(() => {}).listen("${path}")`;
    await startScript(fleet.home('zoe'), `${process.execPath} -e '${script}' &`);
    await waitFor('the socket', () => fs.existsSync(path));
    const { answer, processes } = await told('path', path);
    expect(answer).toBe(`${path} is used by zoe`);
    expect(processes[0]?.roles).toEqual([{ role: 'listens on it' }]);
  });

  it('says that there is nothing, and that nobody uses it', async () => {
    const path = fleet.path('not-there');
    expect(await why('path', path)).toMatchObject({ code: 1, stdout: `there is nothing at ${path}\n` });
    fs.writeFileSync(fleet.path('unused'), '');
    expect((await why('path', `${fleet.path('unused')}/below`)).code).toBe(1);
    const { code, stdout } = await proven('path', fleet.path('unused'));
    expect({ code, first: stdout.split('\n')[0] }).toEqual({
      code: 1,
      first: expect.stringMatching(/unused is in no session's home, and no (?:session's )?process uses it$/),
    });
  });
});

describe('plumb why pane', () => {
  requires('tmux', 'setpriv', 'root', 'the whole machine');

  it('says what is on a pane’s terminal, by its id and its address', async () => {
    const tmux = await startTmux(fleet.directory, { socket: ['-L', 'why'] });
    const pane = tmux.openPane(fleet.home('ida'), [fleet.path(fleet.command), '1000']);
    await waitFor('the agent', () => processTable().some((it) => it.pid === pane.pid() && it.hasExecuted));
    const address = tmux.run('display-message', '-p', '-t', pane.id, '#{session_name}:#{window_index}.#{pane_index}');
    for (const word of [pane.id, address]) {
      const { code, processes, answer } = await told('pane', word);
      expect(code).toBe(0);
      // Another server can have a pane of the same id.
      expect(answer).toContain('ida');
      const found = processes.find(({ pid }) => pid === pane.pid());
      expect(found).toMatchObject({ session: 'ida', joined_by: 'owner' });
      expect(found?.roles).toEqual([{ role: `is on its terminal, ${pane.terminal()}, in the foreground` }]);
    }
    expect(await why('pane', 'no-such:9.9')).toMatchObject({
      stdout: expect.stringMatching(/^there is no pane no-such:9\.9/),
    });
  });
});

describe('plumb why', () => {
  it.each([
    [['pid', 'ada'], 'ada is no pid'],
    [['pid', '0'], '0 is no pid'],
    [['pid', '99999999999'], '99999999999 is no pid'],
    [['port', '0'], '0 is no port'],
    [['port', '65536'], '65536 is no port'],
    [['port', '::1:80'], '::1:80 is no port'],
    [['port', 'localhost:80'], 'localhost:80 is no port'],
    [['port', '80/sctp'], '80/sctp is no port'],
    [['path', ''], 'an empty word is no path'],
    [['pane', ''], 'an empty word is no pane'],
    [['prot', '80'], 'plumb why knows no prot'],
    [['pid'], "missing required argument 'what'"],
    [['pid', '1', '2'], 'too many arguments'],
  ])('refuses %j with a hint', async (words, message) => {
    const { code, stderr, stdout } = await fleet.plumb(['why', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`plumb: ${message}`);
    expect(stderr.trim().split('\n').length).toBeGreaterThan(1);
  });
});

describe('plumb why as another user', () => {
  requires('a node for every user', 'root', 'the whole machine');

  it('leads from a process of anybody, and says where it could not see whose a file is', async () => {
    const home = fleet.home('uma');
    const owner = await startScript(home, `exec 7< ${fleet.path(fleet.command)}; sleep 1000`);
    const child = await childOf(owner, 'sleep');
    const as = (words: readonly string[]) => fleet.plumb(['why', ...words, ...fleet.flags], { user: 3001 });
    // Another user's directories may not be looked at, so it is not even seen that it is a session.
    const ran = await as(['pid', String(child)]);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain(`${child} (sleep) counts to no session that could be seen, and not all could`);
    const file = await as(['path', fleet.path(fleet.command)]);
    expect(file.code).toBe(3);
  });
});
