/** What plumb says where it may not see everything, is not on Linux, or is wrong itself. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../makers/child-output.ts';
import { Fleet, PLUMB } from './plumb.ts';

const NOBODY = 65_534;

let fleet: Fleet;
let ada: number;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

describe('a user who may not see the sessions of others', () => {
  const isRoot = process.getuid?.() === 0;
  const asNobody = (args: readonly string[]): Promise<Ran> => fleet.plumb([...args, ...fleet.flags], { user: NOBODY });
  // A clone in root's home directory is out of reach for everybody else.
  const isReachable = isRoot && isOpenToAll(PLUMB);

  it.skipIf(!isReachable)('is told that something was not seen, and what would help', async () => {
    const { code, stdout, stderr } = await asNobody(['list']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^plumb: not seen: .*working directory of \d+ process.*\(run plumb as root to see them\)$/m);
  });

  it.skipIf(!isReachable)('gets 3 for a name, never 1: denied is not absent', async () => {
    for (const command of ['pid', 'show', 'list']) {
      const { code, stderr } = await asNobody([command, 'ada']);
      expect([command, code]).toEqual([command, 3]);
      expect(stderr).toContain('not seen');
    }
    const answer = JSON.parse((await asNobody(['list', '--json'])).stdout);
    expect(answer.coverage.complete).toBe(false);
    const [denied] = answer.coverage.reasons.filter(({ code }: { code: string }) => code === 'cwd_denied');
    expect(denied.pids).toContain(ada);
  });
});

describe('plumb record', () => {
  it('writes a scene, and refuses to write into another', async () => {
    const scene = fleet.path('scene');
    const { code, stdout, stderr } = await fleet.plumb(['record', scene, ...fleet.flags]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^plumb: \d+ processes in \d+ files; look through/);
    expect(fs.existsSync(`${scene}/facts.json`)).toBe(true);
    const again = await fleet.plumb(['record', scene]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is not empty');
  });
});

describe('plumb', () => {
  it('says so where this is not Linux', async () => {
    const { code, stderr } = await withHook("Object.defineProperty(process, 'platform', { value: 'darwin' });", [
      'list',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('plumbline reads the Linux kernel, and this is darwin');
  });

  it('tells its own bugs from everything else', async () => {
    const broken = "require('fs').readdirSync = () => { throw new TypeError('boom'); };";
    const { code, stdout, stderr } = await withHook(broken, ['list']);
    expect([code, stdout]).toEqual([70, '']);
    expect(stderr).toMatch(/^plumb: plumbline has a bug\nTypeError: boom\n {4}at /);
    expect(stderr).toContain('please report it');
    const json = await withHook(broken, ['list', '--json']);
    expect(json.code).toBe(70);
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: 'bug', message: expect.stringContaining('boom') });
  });

  it.each([
    ['INT', 130],
    ['TERM', 143],
  ])('ends at SIG%s with %d', async (signal, code) => {
    for (let index = 0; index < 300; index++) fleet.home(`${index} ${'long '.repeat(40)}`);
    // Its answer is longer than a pipe holds, and nobody reads it: so it waits, and gets the signal.
    const answer = `exec "${process.execPath}" "${PLUMB}" homes --json --home '${fleet.path('agents/*')}'`;
    const script = `set +o pipefail; { (${answer}) & sleep 1; kill -${signal} $!; wait $!; echo $? > code; } | sleep 3; cat code`;
    const job = signal === 'INT' ? `set -m; ${script}` : script;
    expect((await fleet.shell(job)).stdout.trim()).toBe(String(code));
  });
});

function withHook(code: string, args: readonly string[]): Promise<Ran> {
  const hook = fleet.path('hook.cjs');
  fs.writeFileSync(hook, code);
  return fleet.plumb(args, { env: { NODE_OPTIONS: `--require ${hook}` } });
}

function isOpenToAll(file: string): boolean {
  for (let path = fs.realpathSync(file); path !== '/'; path = path.slice(0, path.lastIndexOf('/')) || '/') {
    if ((fs.statSync(path).mode & 0o005) !== 0o005 && fs.statSync(path).isDirectory()) return false;
  }
  return true;
}
