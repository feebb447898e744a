import { describe, expect, it } from 'vitest';
import { toldBy } from './sample-population.ts';

/** Whether a group tells its members or each process where it is: both have to say the same. */
function toldOf(table: string): Record<number, string> {
  const told = toldBy(table, false);
  expect(toldBy(table, true)).toEqual(told);
  return told;
}

describe('Membership by control group', () => {
  it('finds what has left its kernel session in a group that the session has for itself', () => {
    const told = toldOf(`
      1 < 0  in 1
      5 < 1  in 5  comm systemd
      10 < 5  in 10
      20 < 10  in 20  cgroup :/scope  is ada
      30 < 5  in 30  cgroup :/scope
      31 < 30  in 31  cgroup :/scope/inner
      40 < 5  in 40  cgroup :/scope-of-another
    `);
    expect(told).toMatchObject({ 30: 'ada by cgroup', 31: 'ada by cgroup', 40: 'none' });
  });

  it('takes the orphans that the init of a container has taken in', () => {
    const told = toldOf(`
      1 < 0  in 1
      9 < 1  in 9  comm containerd-shim
      10 < 9  in 10  cgroup :/docker/a  comm tini
      20 < 10  in 10  cgroup :/docker/a  is ada
      30 < 10  in 30  cgroup :/docker/a
    `);
    expect(told).toMatchObject({ 10: 'none', 30: 'ada by cgroup' });
  });

  it.each([
    ['a shell has started the session in it', '10 < 9  in 10  cgroup :/a  comm bash', '30 < 1  in 30  cgroup :/a'],
    ['something was put into it from outside', '10 < 9  in 10  cgroup :/a  comm tini', '25 < 9  in 25  cgroup :/a'],
    ['something older is in it', '10 < 9  in 10  cgroup :/a  comm tini', '15 < 10  in 15  cgroup :/a'],
    ['another session is in it', '10 < 9  in 10  cgroup :/a  comm tini', '25 < 10  in 25  cgroup :/a is bob'],
    ['it is of another hierarchy', '10 < 9  in 10  cgroup :/a,memory:/b', '25 < 1  in 25  cgroup memory:/a'],
  ])('does not where %s', (_what, starter, other) => {
    const told = toldOf(`
      1 < 0  in 1
      9 < 1  in 9
      ${starter}
      20 < 10  in 20  cgroup :/a is ada
      ${other}
      40 < ${other.includes('bash') ? 1 : 10}  in 39  cgroup :/a
    `);
    expect(told[40]).toMatch(/^(?:none|bob)/);
  });
});
