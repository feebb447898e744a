/** What doctor says of open files and networks, beside what another user may see of them. */
import { describe, expect, it } from 'vitest';
import { examineNetworks, examineOpenFiles } from '../../src/doctor/relations.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { PLUMB } from '../e2e/plumb.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { asUser } from '../makers/namespaces.ts';
import { output } from '../makers/observe-elsewhere.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { startSockets } from '../makers/sockets.ts';

leavesNothingBehind();

describe('plumb doctor', () => {
  requires('cc', 'root', 'ip', 'network namespaces', 'a node for every user');

  it('finds every network that can be entered', async () => {
    await startSockets('socket-mix', makeScratch());
    const finding = await examineNetworks(liveMachine());
    expect(finding).toMatchObject({ what: 'networks', state: 'fine' });
    expect(Number.parseInt(finding.found, 10)).toBeGreaterThan(1);
    expect(examineOpenFiles(liveMachine()).what).toBe('open files');
  });

  it('says what another user may not see', async () => {
    await startSockets('socket-mix', makeScratch());
    const node = globalThis.process.execPath;
    const said = await output(asUser(3001, 'sh', '-c', `${node} ${PLUMB} --config /dev/null doctor || true`));
    const lines = said.split('\n').map((line) => line.split('\t'));
    const found = (what: string) => lines.find(([name]) => name === what);
    expect(found('open files')).toMatchObject({
      1: 'lost',
      2: expect.stringMatching(/^of \d+ of \d+ processes may not/),
    });
    expect(found('networks')).toMatchObject({ 1: 'lost', 2: expect.stringContaining('may not be entered') });
  });
});
