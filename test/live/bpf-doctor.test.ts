/** What doctor says of the iterator, in the place where it is looked for: on a /run of the test's own. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { examineIterator } from '../../src/doctor/iterator.ts';
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

describe('plumb doctor', () => {
  requires('root', 'iterators', 'mount namespaces', 'setpriv', 'a node for every user');

  it('finds the pin where install puts it, for root and for the group', async () => {
    const found = expect.stringMatching(/^\/run\/plumbline-bpf\/sessions tells \d+ processes in [\d.]+ ms/);
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
