import { type NudgeOptions, type NudgeResult, nudge } from '../../src/act/nudge.ts';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { homesIn } from './look.ts';
import { makeReceivers, type Receivers } from './receiver.ts';
import { makeDirectories, makeScratch } from './scratch.ts';
import { type Pane, startTmux, type TmuxServer } from './tmux.ts';
import { waitFor } from './wait-for.ts';

/** Homes in which receivers are sessions, and a tmux server to show them. */
export interface NudgedFleet {
  readonly scratch: string;
  readonly tmux: TmuxServer;
  readonly receivers: Receivers;
  /** A home of this name, made where it is not there. */
  readonly home: (name: string) => string;
  /** Starts a receiver in its home, in a pane of its own, and waits until it is a session that reads keys. */
  readonly start: (name: string, mode?: 'cooked' | 'deaf') => Promise<Pane>;
  /** The one session of a name, as a look finds it now. */
  readonly session: (name: string) => Promise<Session>;
  readonly nudge: (
    session: Session,
    text: string | Uint8Array,
    options?: Partial<NudgeOptions>,
  ) => Promise<NudgeResult>;
  /** What the incarnation of a session has read. */
  readonly received: (session: Session) => string;
}

/** The command that is a session here. */
export const COMMAND = 'nudgee';

/** Makes them; all goes away with the test. */
export async function makeNudgedFleet(): Promise<NudgedFleet> {
  const scratch = makeScratch();
  const tmux = await startTmux(scratch);
  const receivers = makeReceivers(`${scratch}/receivers`);
  const home = (name: string) => makeDirectories(scratch, `homes/${name}`)[0];
  const sessionNow = async (name: string) => {
    const homes = [homesIn(`${scratch}/homes`)];
    const options = { homes, commands: [COMMAND], identifyPrograms: true, panes: true, proveAbsence: false };
    const { sessions } = await observe(options);
    return sessions.find((it) => it.name.text === name && it.verdict === 'alive');
  };
  const session = (name: string) => waitFor(`the session ${name}`, () => sessionNow(name));
  return {
    scratch,
    tmux,
    receivers,
    home,
    session,
    start: async (name, mode) => {
      const pane = tmux.openPane(home(name), receivers.run(COMMAND, name, mode));
      await session(name);
      await waitFor('the receiver to be ready', () => tmux.run('capture-pane', '-p', '-t', pane.id).includes('ready>'));
      return pane;
    },
    nudge: (it, text, options = {}) => {
      return nudge(it, text, { commands: [COMMAND], enterDelayMs: 0, readWithinMs: 10_000, ...options });
    },
    received: (it) => receivers.received(it.name.text).get(`${it.pid}.${it.startTimeTicks}`) ?? '',
  };
}
