import { describe, expect, it } from 'vitest';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { makeMixedMachine } from '../makers/mixed-machine.ts';
import { requires } from '../makers/requires.ts';

leavesNothingBehind();

describe('a machine that runs a mix', () => {
  requires('cc', 'root', 'postgres', 'unshare', 'ip', 'setpriv', 'a memory cgroup');
  it('names it', async () => {
    const mix = await makeMixedMachine();
    const { execFileSync } = await import('node:child_process');
    console.log(mix);
    console.log(execFileSync('node', ['dist/plumb.cjs', 'processes', '-o', 'wide', '--home', mix.homes + '/*', '--command', mix.command], { encoding: 'utf8' }).split('\n').filter((it) => /ada|bob|cy|dan|postgres/.test(it)).join('\n'));
    expect(1).toBe(1);
  });
});
