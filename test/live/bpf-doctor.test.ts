/** What doctor says of the iterator, in the place where it is looked for: on a /run of the test's own. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examineIterator } from '../../src/doctor/iterator.ts';
import { compareAllTasks } from '../../src/kernel/bpf/compare-all.ts';
import { openPin, type TaskFile } from '../../src/kernel/bpf/task-file.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { PLUMB } from '../e2e/plumb.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { output } from '../makers/observe-elsewhere.ts';
import { asMember, bundleWithObject, makePinsPlace, mountBpfFs, plumbBpf } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

const NODE = globalThis.process.execPath;
const INSTALL = `${NODE} ${PLUMB} bpf install --group 4242 >&2`;

/** What doctor finds, after a script on a /run where nothing is. */
async function doctorAfter(script: string, through: readonly string[] = []) {
  const main = await bundleWithObject(makeScratch(), 'examine-iterator-main');
  const doctor = [...through, NODE, main].join(' ');
  const said = await output(inMountNamespace(`mount -t tmpfs -o mode=0755 none /run; ${script}; ${doctor}`));
  const [finding] = JSON.parse(said) as { state: string; found: string; mend: string }[];
  return finding;
}

/** What one file of tasks tells, with the row of a process changed. */
function changed(file: TaskFile, pid: number, change: (row: DataView) => void): TaskFile {
  return {
    ...file,
    read: () => {
      const bytes = file.read();
      if (bytes.kind !== 'value') return bytes;
      const view = new DataView(bytes.value.buffer, bytes.value.byteOffset, bytes.value.length);
      for (let at = 48; at < bytes.value.length - ROW_BYTES; at += 4) {
        const isRow = view.getUint32(at, true) === 1 && view.getUint32(at + PID_AT, true) === pid;
        if (isRow) change(new DataView(view.buffer, view.byteOffset + at, ROW_BYTES));
      }
      return bytes;
    },
  };
}

/** In a row (bpf/record.h). */
const ROW_BYTES = 248;
const PID_AT = 24;
const PGID_AT = 32;

describe('every process that the iterator tells', () => {
  requires('root', 'iterators');

  it('is not said to differ for what it does while it is compared', async () => {
    const directory = makePinsPlace();
    await plumbBpf(['install', '--group', '4242', '--directory', directory]);
    const file = openPin(`${directory}/sessions`);
    const { cwd, chdir, pid } = globalThis.process;
    const [here, there] = [cwd(), makeScratch()];
    onTestFinished(() => chdir(here));
    let readings = 0;
    const moving: TaskFile = {
      ...file,
      read: () => {
        const bytes = file.read();
        readings++;
        chdir(cwd() === here ? there : here);
        return bytes;
      },
    };
    const compared = compareAllTasks(moving, liveMachine().procfs);
    if (compared.kind !== 'value') throw new Error(compared.kind);
    expect(readings).toBeGreaterThan(1);
    expect(compared.value.differing.map((it) => it.pid)).not.toContain(pid);
    // The second time there is no pin any more.
    const gone = { kind: 'gone', errno: 'ENOENT' } as const;
    readings = 0;
    const going: TaskFile = { ...file, read: () => (readings === 0 ? moving.read() : gone) };
    expect(compareAllTasks(going, liveMachine().procfs)).toEqual(gone);
  });

  it('is compared with /proc: whoever differs or is not told is named', async () => {
    const directory = makePinsPlace();
    await plumbBpf(['install', '--group', '4242', '--directory', directory]);
    const file = openPin(`${directory}/sessions`);
    const { pid } = globalThis.process;
    const compared = (it: TaskFile) => {
      const outcome = compareAllTasks(it, liveMachine().procfs);
      if (outcome.kind !== 'value') throw new Error(outcome.kind);
      return outcome.value;
    };
    const same = compared(file);
    // Others may change all the time.
    expect(same.differing.map((it) => it.pid)).not.toContain(pid);
    expect(same.rows).toBeGreaterThan(1);
    expect(same.untold).not.toContain(pid);
    const other = compared(changed(file, pid, (row) => row.setUint32(PGID_AT, 7, true)));
    expect(other.differing).toContainEqual({ pid, what: 'stat' });
    expect(compared(changed(file, pid, (row) => row.setUint32(PID_AT, 0, true))).untold).toContain(pid);
  });
});

describe('plumb doctor', () => {
  requires('root', 'iterators', 'mount namespaces', 'setpriv', 'a node for every user');

  it('finds the pin where install puts it, for root and for the group', async () => {
    const found = expect.stringMatching(
      /^\/run\/plumbline-bpf\/sessions tells \d+ processes in [\d.]+ ms, and of each the same as \/proc/,
    );
    expect(await doctorAfter(INSTALL)).toMatchObject({ state: 'fine', found });
    expect(await doctorAfter(INSTALL, asMember(3001, [4242]))).toMatchObject({ state: 'fine', found });
  });

  it('says to others which group may read it', async () => {
    expect(await doctorAfter(INSTALL, asMember(3001, []))).toMatchObject({
      state: 'lost',
      found: expect.stringContaining('may not be seen (EACCES)'),
      mend: 'be in its group, 4242 (plumb bpf status names it)',
    });
  });

  it('says how to have it where it could be, and what is missing where it could not', async () => {
    for (const through of [[], asMember(3001, [])]) {
      expect(await doctorAfter('true', through)).toMatchObject({
        state: 'lost',
        found: 'none is pinned in /run/plumbline-bpf',
        mend: 'sudo plumb bpf install',
      });
      expect(await doctorAfter('mount -t tmpfs none /sys/kernel/btf', through)).toMatchObject({
        state: 'lost',
        found: expect.stringMatching(/^none can be pinned here: there is no \/sys\/kernel\/btf\/vmlinux/),
        mend: 'a kernel with CONFIG_DEBUG_INFO_BTF=y',
      });
    }
  });

  it('does not believe one that somebody else may change', async () => {
    const directory = makePinsPlace();
    mountBpfFs(directory);
    await plumbBpf(['install', '--group', '4242', '--directory', directory]);
    expect(await examineIterator(liveMachine(), directory)).toMatchObject([{ state: 'fine' }]);
    fs.chmodSync(directory, 0o1777);
    expect(await examineIterator(liveMachine(), directory)).toMatchObject([
      { state: 'lost', found: expect.stringMatching(/may be written by others than root .*: it is not believed$/) },
    ]);
  });
});
