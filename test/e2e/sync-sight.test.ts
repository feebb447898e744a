import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inPidNamespace, withProcMounted } from '../makers/namespaces.ts';
import { requires } from '../makers/requires.ts';
import { Fleet, PLUMB } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

/** A command in words that the shell leaves alone. */
function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

function shellOf(state: string, optional = ''): string {
  const words = [process.execPath, PLUMB];
  return `export XDG_STATE_HOME=${fleet.path(state)}; plumb() { ${quoted(words)} "$@" ${quoted(fleet.flags)} ${optional}; }`;
}

describe('plumb sync where /proc hides a session', () => {
  requires('root', 'mount namespaces', 'setpriv', 'procfs options of each mount');

  it('leaves its row alone while it lives, and ends it by what kill(2) says', async () => {
    const state = shellOf('hidden-state');
    const pid = await fleet.start(fleet.home('hid'), undefined, undefined, 3001);
    expect(await fleet.shell(`${state}; plumb sync`)).toMatchObject({ code: 0, stdout: '1 new\n' });
    // Root without CAP_SYS_PTRACE and without its group is, for hidepid, a user like others.
    const caps = ['setpriv', '--regid=3002', '--clear-groups', '--inh-caps=-sys_ptrace', '--bounding-set=-sys_ptrace'];
    const plumb = [process.execPath, PLUMB, 'sync', ...fleet.flags];
    const line = `${state}; ${quoted(withProcMounted('hidepid=2', ...caps, ...plumb))}`;
    const hidden = await fleet.shell(line);
    expect(hidden).toMatchObject({ code: 3, stdout: '1 unknown\n' });
    expect(hidden.stderr).toContain('hid stays as it is: the process is hidden from us');
    process.kill(pid, 'SIGKILL');
    expect((await fleet.shell(`until ! kill -0 ${pid} 2>/dev/null; do :; done; ${line}`)).stdout).toBe('1 dead\n');
  });

  it('refuses to write the numbers of a /proc that is not its own', async () => {
    await fleet.start(fleet.home('strange'));
    // A pid namespace that still sees the outer /proc: its own pids are others.
    const plumb = ['unshare', '-pf', process.execPath, PLUMB, 'sync', ...fleet.flags];
    const told = await fleet.shell(`${shellOf('strange-state')}; ${quoted(plumb)}`);
    expect(told).toMatchObject({ code: 3, stdout: '' });
    expect(told.stderr).toContain('this /proc belongs to another pid namespace');
  });
});

describe('plumb sync after a pid was used again', () => {
  requires('root', 'pid namespaces');

  it('sees another incarnation, though program and home are the same', async () => {
    const state = shellOf('reused-state', '--terminal optional --host-id reused');
    const home = fleet.home('twin');
    const script = `${state}; agent() { cd ${home}; exec ${fleet.path(fleet.command)} 1000; }
      agent & first=$!
      plumb sync
      kill -9 $first; wait $first 2>/dev/null
      echo $((first - 1)) > /proc/sys/kernel/ns_last_pid; agent & second=$!
      echo $((second - first))
      plumb registry -o tsv | cut -f 1,3,6,7
      plumb sync
      plumb registry -o tsv | cut -f 1,3,6
      echo $first
      kill -9 $second`;
    const { stdout, stderr } = await fleet.shell(quoted(inPidNamespace('bash', '-c', script)));
    const lines = stdout.trimEnd().split('\n');
    const pid = lines.at(-1);
    expect(stderr).not.toContain('error');
    expect(lines).toEqual([
      '1 new',
      '0',
      `twin\t${pid}\tdiffers\tdied ${pid}, started ${pid}`,
      '1 changed',
      `twin\t${pid}\tsame`,
      pid,
    ]);
  });
});
