// Looks that are prepared, so that what a registry costs is measured without what a look costs.
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { Incumbent, IncumbentReport } from '../../src/model/incumbent.ts';
import type { Session } from '../../src/model/session.ts';
import type { HomeReport, Snapshot } from '../../src/model/snapshot.ts';
import { type ByteString, fromUtf8 } from '../../src/model/text.ts';
import { observe } from '../../src/observe.ts';
import { parseStory } from '../../test/stories/story.ts';
import { fileOf, sceneOf } from '../../test/stories/story-scene.ts';
import { COMMAND } from './workshop.ts';

/** What is in a home: its first process, the one that takes its place, or none. */
export type State = 'first' | 'second' | 'gone';

/** What a row names: an incarnation, as plumbline's own rows do, or a bare pid, as somebody else's table. */
export type RowKind = 'incarnation' | 'pid';

const FIRST_PID = 10_000;

/** A recorded scene of many processes is slow to answer: they are looked at in groups of so many. */
const GROUP = 100;

/**
 * A machine whose sessions can be replaced and ended one by one. Each of its looks is put together from real ones: the
 * pipeline itself has looked at recorded scenes, asked about the same rows, so every fact and all the evidence is what
 * it would be.
 */
export class PreparedMachine {
  readonly sessions: number;
  readonly #kind: RowKind;
  readonly #looks: Map<string, Snapshot>;
  readonly #now: State[];
  readonly #told: State[];

  constructor(sessions: number, kind: RowKind = 'incarnation', looks = new Map<string, Snapshot>()) {
    this.sessions = sessions;
    this.#kind = kind;
    this.#looks = looks;
    this.#now = Array.from({ length: sessions }, () => 'first');
    this.#told = Array.from({ length: sessions }, () => 'gone');
  }

  /** Another machine that is the same: it shares the looks. */
  twin(): PreparedMachine {
    return new PreparedMachine(this.sessions, this.#kind, this.#looks);
  }

  /** The process of a session has ended, and another one is in its place. */
  restart(index: number): void {
    this.#now[index] = this.#now[index] === 'first' ? 'second' : 'first';
  }

  /** The process of a session has ended. */
  end(index: number): void {
    this.#now[index] = 'gone';
  }

  /** What a look sees now that is asked about the rows as they were written last; and what to do when they are again. */
  async look(hostId: string): Promise<{ readonly snapshot: Snapshot; readonly written: () => void }> {
    const now = [...this.#now];
    const sessions: Session[] = [];
    const homes: HomeReport[] = [];
    const incumbents: IncumbentReport[] = [];
    const groups = Math.ceil(this.sessions / GROUP);
    for (const [index, state] of now.entries()) {
      const told = this.#told[index] as State;
      const place = Math.floor(index / groups);
      const found =
        this.#looks.get(keyOf(state, told, index % groups)) ?? (await this.#observe(state, told, index % groups));
      homes.push(found.homes[place] as HomeReport);
      if (state !== 'gone') sessions.push(found.sessions[place] as Session);
      if (told !== 'gone') incumbents.push(found.incumbents[place] as IncumbentReport);
    }
    const [whole] = this.#looks.values();
    if (!whole) throw new Error('a prepared machine has sessions');
    const host = { ...whole.host, id: hostId };
    const snapshot = { ...whole, observedAt: new Date(), host, sessions, homes, incumbents };
    return { snapshot, written: () => this.#told.splice(0, now.length, ...now) };
  }

  async #observe(now: State, told: State, group: number): Promise<Snapshot> {
    const groups = Math.ceil(this.sessions / GROUP);
    const members: number[] = [];
    for (let index = group; index < this.sessions; index += groups) members.push(index);
    const story = parseStory(
      [
        'homes /srv/agents/*',
        `commands ${COMMAND}`,
        ...members.map((index) => `dir ${homeOf(index)}`),
        ...(now === 'gone' ? [] : members.map((index) => processOf(index, pidOf(index, now, this.sessions)))),
      ].join('\n'),
    );
    const snapshot = await observe({
      homes: story.homes,
      commands: story.commands,
      identifyPrograms: true,
      incumbents: incumbentsThat(told, members, this.sessions, this.#kind),
      machine: replayMachine(sceneOf(story)),
    });
    this.#looks.set(keyOf(now, told, group), snapshot);
    return snapshot;
  }
}

/** What a session is called; the home has the same name. */
export function nameOf(index: number): string {
  return `agent-${String(index).padStart(5, '0')}`;
}

/** The number of the process that a session is in a state. */
function pidOf(index: number, state: State, sessions: number): number {
  return FIRST_PID + index + (state === 'second' ? sessions : 0);
}

function keyOf(now: State, told: State, group: number): string {
  return `${now} ${told} ${group}`;
}

function processOf(index: number, pid: number): string {
  return `proc ${pid} ${COMMAND} sid=${pid} start=${pid} tty=pts/${index} fg cwd=${homeOf(index)}`;
}

function homeOf(index: number): string {
  return `/srv/agents/${nameOf(index)}`;
}

function incumbentsThat(
  told: State,
  members: readonly number[],
  sessions: number,
  kind: RowKind,
): Map<ByteString, Incumbent> {
  const incumbents = new Map<ByteString, Incumbent>();
  if (told === 'gone') return incumbents;
  for (const index of members) {
    const pid = pidOf(index, told, sessions);
    const [exe, homeId] = [fileOf(`/usr/bin/${COMMAND}`), fileOf(homeOf(index))];
    const rest = kind === 'pid' ? { startTimeTicks: null } : { startTimeTicks: BigInt(pid), exe, homeId };
    incumbents.set(fromUtf8(nameOf(index)), { pid, bootId: null, ...rest });
  }
  return incumbents;
}
