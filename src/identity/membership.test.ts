import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessStat } from '../model/process.ts';
import { Membership } from './membership.ts';
import { populate, toldBy } from './sample-population.ts';

const toldOf = (table: string) => toldBy(table, false);

describe('Membership', () => {
  it('counts all below the owner, however deep and on whatever terminal', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 20  in 10
      31 < 30  in 31
      32 < 31  in 31
      40 < 10  in 10
    `);
    expect(told).toMatchObject({ 10: 'none', 20: 'ada by owner', 30: 'ada by ancestry', 31: 'ada by ancestry' });
    expect(told).toMatchObject({ 32: 'ada by ancestry', 40: 'none' });
  });

  it('counts to the nearest of sessions that were started below each other', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20  is ada
      30 < 20  in 30
      40 < 30  in 30  is bob
      41 < 40  in 30
      42 < 40  in 42
      31 < 30  in 30
    `);
    expect(told).toMatchObject({ 30: 'ada by ancestry', 31: 'ada by ancestry', 40: 'bob by owner' });
    expect(told).toMatchObject({ 41: 'bob by ancestry', 42: 'bob by ancestry' });
  });

  it('finds orphans by the kernel session that was made below the owner', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 20  in 30
      31 < 1  in 30
      33 < 31  in 33
    `);
    expect(told).toMatchObject({ 31: 'ada by session_id', 33: 'ada by session_id' });
  });

  it('does not know who made a kernel session once that one has ended, whatever parents its members have', () => {
    // 20 has left kernel session 9 after it had started 21; 11 is the orphan of somebody else in it.
    const told = toldOf(`
      1 < 0  in 1
      11 < 1  in 9
      20 < 1  in 20  is ada
      21 < 20  in 9
      31 < 1  in 9
    `);
    expect(told).toMatchObject({ 11: 'none', 21: 'ada by ancestry', 31: 'none, maybe ada' });
    // The first process of a container, given what somebody has started there from a terminal of the host (nsenter).
    const inside = toldOf(`
      1 < 0  in 1
      20 < 5  in 20  comm first  is ada
      31 < 20  in 9
      40 < 1  in 9
    `);
    expect(inside).toMatchObject({ 31: 'ada by ancestry', 40: 'none, maybe ada' });
  });

  it('knows the orphans of an owner that has made its kernel session itself', () => {
    expect(toldOf('1 < 0  in 1\n20 < 1  in 20  is ada\n30 < 1  in 20')).toMatchObject({ 30: 'ada by session_id' });
  });

  it("leaves the orphans of a terminal's shell alone: they may be the shell's own", () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      15 < 1  in 10
      30 < 1  in 10
      31 < 30  in 31
    `);
    expect(told).toMatchObject({ 15: 'none', 30: 'none, maybe ada', 31: 'none, maybe ada' });
  });

  it('leaves orphans alone where two sessions share a kernel session', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 10  is ada
      30 < 10  in 10  is bob
      25 < 1  in 10
      40 < 1  in 10
    `);
    expect(told).toMatchObject({ 25: 'none, maybe ada', 40: 'none, maybe ada bob' });
  });

  it('counts an orphan to the outer session where it may be the inner one’s: that is certain', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20  is ada
      30 < 20  in 30
      40 < 30  in 30  is bob
      35 < 1  in 30
      50 < 1  in 30
    `);
    expect(told).toMatchObject({ 35: 'ada by session_id', 50: 'ada by session_id, maybe bob' });
  });

  it('counts an orphan that an outer session has taken in to the inner one that it is from', () => {
    // ada is a subreaper, or the first process of a container.
    const told = toldOf(`
      20 < 0  in 20  is ada
      30 < 20  in 30  is bob
      40 < 30  in 40
      41 < 20  in 40
      42 < 20  in 30
    `);
    expect(told).toMatchObject({ 41: 'bob by session_id', 42: 'bob by session_id' });
  });

  it('knows that the first process of a container is given its orphans, whatever it is called', () => {
    const told = toldOf(`
      1 < 0  in 1
      9 < 1  in 9
      10 < 9  in 10  comm first
      20 < 10  in 20  is ada
      30 < 10  in 30
      31 < 9  in 31
    `);
    expect(told).toMatchObject({ 30: 'none, maybe ada', 31: 'none' });
  });

  it('says what an outer session that takes in orphans may have from an inner one', () => {
    // ada is a subreaper: 31 shows it, in a kernel session that is neither its own nor its parent's.
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20  is ada
      25 < 20  in 25
      26 < 20  in 20
      30 < 20  in 30  is bob
      31 < 20  in 29
      40 < 20  in 40
      41 < 20  in 20
    `);
    expect(told).toMatchObject({ 25: 'ada by ancestry', 26: 'ada by ancestry', 40: 'ada by ancestry, maybe bob' });
    expect(told).toMatchObject({ 41: 'ada by ancestry' });
  });

  it('believes the kernel session before a parent that has taken in another’s orphan', () => {
    // 20 is the first process of a container, and bob was started from outside (docker exec).
    const told = toldOf(`
      20 < 0  in 20  is ada
      30 < 0  in 30  is bob
      41 < 20  in 30
    `);
    expect(told).toMatchObject({ 41: 'bob by session_id' });
  });

  it('is not led to a younger process that has the number of a parent that ended', () => {
    const told = toldOf(`
      1 < 0  in 1
      20 < 1  in 20 from 500  is ada
      30 < 20  in 30 from 100
    `);
    expect(told).toMatchObject({ 30: 'none' });
  });

  it('counts who claims a home that nobody owns, and not who has lost the election for one', () => {
    const told = toldOf(`
      1 < 0  in 1
      10 < 1  in 10
      20 < 10  in 20  claims ada
      30 < 10  in 30  claims ada
      31 < 30  in 30
      40 < 10  in 40  is bob
      50 < 10  in 50  lost bob
      51 < 50  in 50
    `);
    expect(told).toMatchObject({ 20: 'ada by owner', 31: 'ada by ancestry', 40: 'bob by owner' });
    expect(told).toMatchObject({ 50: 'none', 51: 'none' });
  });

  it('takes nothing from kernel threads, from a kernel session without a number, or from one parent outside', () => {
    const told = toldOf(`
      2 < 0  in 0 kernel
      3 < 2  in 0 kernel
      20 < 0  in 0  is ada
      30 < 0  in 0
      31 < 20  in 0
    `);
    expect(told).toMatchObject({ 2: 'none', 3: 'none', 30: 'none', 31: 'ada by ancestry' });
  });

  it('ends in a circle of reused numbers, and in a line that is longer than calls may be nested', () => {
    expect(toldOf('5 < 6  in 1 from 9\n6 < 5  in 1 from 9\n7 < 6  in 1 from 9')).toMatchObject({ 7: 'none' });
    const line = Array.from({ length: 30_000 }, (_, index) => `${index + 2} < ${index + 1}  in 1`);
    const { population } = populate(['1 < 0  in 1 is ada', ...line].join('\n'));
    expect(new Membership(population).of(population.stats.get(30_001) as ProcessStat)?.session.name.text).toBe('ada');
  });

  it('says the same in whatever order it is asked', () => {
    const made = fc.record({ parent: fc.nat(11), sid: fc.nat(12), role: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(made, { maxLength: 12 }), fc.boolean(), (rows, backwards) => {
        const table = rows.map(({ parent, sid, role }, index) => {
          const pid = index + 1;
          return `${pid} < ${Math.min(parent, index)}  in ${Math.min(sid, pid)} ${role === 0 ? `is s${pid}` : ''}`;
        });
        const { population } = populate(table.join('\n'));
        const inOrder = new Membership(population);
        const other = new Membership(population);
        const all = [...population.stats.values()];
        for (const stat of backwards ? [...all].reverse() : all) other.of(stat);
        for (const stat of all) expect(other.of(stat)).toEqual(inOrder.of(stat));
      }),
    );
  });
});
