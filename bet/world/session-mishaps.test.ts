import { describe, expect, it } from 'vitest';
import { clockMs, pause } from '../../test/storm/clock.ts';
import { Inhabitants } from './inhabitants.ts';
import { befallSession, type Workshop } from './session-mishaps.ts';
import type { AgentLink } from './truth-server.ts';

const pane = { server: 'bet-a', id: '%1' };

/** An agent that only has a socket. */
function linkOf(pid: number, obey: () => void = () => {}): AgentLink {
  return { name: 'ada', host: 'h', ownPid: pid, pid, order: obey, leaving: null, isOpen: true };
}

/** One session that lives, in a world where nothing else does. */
function worldOf(link: AgentLink, respawn: () => void = () => {}) {
  const fail = (error: Error) => {
    throw error;
  };
  const inhabitants = new Inhabitants({ sessions: ['ada'], host: 'h', program: '/agent', isUp: () => true, fail });
  Object.assign(inhabitants.of('ada'), { link, pane });
  inhabitants.settle(inhabitants.of('ada'));
  const server = () => ({ respawn: async () => respawn() });
  const end = (ended: AgentLink) => {
    ended.isOpen = false;
    inhabitants.went(ended);
  };
  return { inhabitants, end, workshop: { inhabitants, server, homes: '/', program: '/agent' } as unknown as Workshop };
}

describe('while a session', () => {
  it('says goodbye it may be called dead already, however long that takes', async () => {
    let isTold = () => {};
    const told = new Promise<void>((resolve) => {
      isTold = resolve;
    });
    const link = linkOf(7, isTold);
    const { inhabitants, workshop, end } = worldOf(link);
    const done = befallSession(workshop, { at: 0, kind: 'exit', session: 'ada' });
    await told;
    const saying = clockMs();
    // Nobody is judged yet by what is so then.
    expect(inhabitants.chronicle.isSettled(saying)).toBe(false);
    await pause(30);
    link.leaving = clockMs();
    end(link);
    await done;
    const so = inhabitants.during('ada', saying, saying).map(({ status }) => status);
    expect(so).toEqual(['alive', 'dead']);
    expect(inhabitants.now('ada').status).toBe('dead');
  });

  it('is respawned there may be nobody, and then the next', async () => {
    const [old, next] = [linkOf(7), linkOf(8)];
    let between = 0;
    const { inhabitants, workshop, end } = worldOf(old, () => {
      end(old);
      between = clockMs();
      setTimeout(() => inhabitants.came(next), 30);
    });
    await befallSession(workshop, { at: 0, kind: 'respawn', session: 'ada' });
    const so = inhabitants.during('ada', between, between);
    expect(so.map((truth) => (truth.status === 'dead' ? 'dead' : truth.names[0]?.pid))).toEqual([7, 7, 'dead', 8]);
    const now = clockMs();
    expect(inhabitants.during('ada', now, now)).toMatchObject([{ status: 'alive', names: [{ pid: 8 }] }]);
  });
});
