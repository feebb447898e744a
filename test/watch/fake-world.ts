import { parseHomes } from '../../src/config/parse-homes.ts';
import type { Machine } from '../../src/kernel/machine.ts';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { Plan } from '../../src/registry/plan.ts';
import type { RowStore } from '../../src/registry/registry.ts';
import type { StoredHost } from '../../src/registry/row.ts';
import type { WatchedStore } from '../../src/watch/link.ts';
import { applied } from '../reconcile/shelf.ts';
import { parseStory } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';

export const HOMES = parseHomes(['/srv/agents/*']);
export const COMMANDS = ['claude'];
export const HOST_ID = 'story';

/** A machine of stories, where things may happen between two looks. */
export class FakeMachine implements Machine {
  /** What all of them run. */
  program = 'claude';
  #machine!: Machine;

  constructor(pids: Readonly<Record<string, number | null>>) {
    this.set(pids);
  }

  /** Tells which agent has which pid now; null: its home is empty. */
  set(pids: Readonly<Record<string, number | null>>): void {
    const lines = Object.entries(pids).flatMap(([name, pid], index) => [
      `dir /srv/agents/${name}`,
      ...(pid === null ? [] : [`proc ${pid} ${this.program} tty=pts/${index} fg cwd=/srv/agents/${name}`]),
    ]);
    const story = parseStory(['homes /srv/agents/*', 'commands claude', ...lines].join('\n'));
    this.#machine = replayMachine(sceneOf(story));
  }

  get procfs() {
    return this.#machine.procfs;
  }
  readonly tasks = null;

  get files() {
    return this.#machine.files;
  }
  get now() {
    return this.#machine.now;
  }
  get isLive() {
    return this.#machine.isLive;
  }

  get askRemote() {
    return this.#machine.askRemote;
  }
}

/** A registry in memory that can go away. */
export class FakeStore implements WatchedStore, RowStore {
  readonly place = 'memory';
  stored: StoredHost = { record: null, rows: [] };
  /** What reading throws; null: it works. */
  trouble: Error | null = null;
  /** What opening throws. */
  doorTrouble: Error | null = null;
  /** What saying that the rows are right throws. */
  announceTrouble: Error | null = null;
  /** Reading waits for this. */
  gate: Promise<void> = Promise.resolve();
  readonly told: string[] = [];
  #isBusy = false;
  #onEnd = () => {};

  /** For `open`. */
  readonly open = async (): Promise<WatchedStore & RowStore> => {
    this.told.push('open');
    if (this.doorTrouble) throw this.doorTrouble;
    return this;
  };

  /** The server hangs up. */
  end(): void {
    this.#onEnd();
  }

  async connection() {
    return { pid: '1', startedAt: null };
  }

  async hold(hostId: string): Promise<void> {
    this.told.push(`hold ${hostId}`);
  }

  async announce(hostId: string): Promise<void> {
    this.told.push(`announce ${hostId}`);
    if (this.announceTrouble) throw this.announceTrouble;
  }

  async retract(hostId: string): Promise<void> {
    this.told.push(`retract ${hostId}`);
  }

  async withdraw(hostId: string): Promise<void> {
    this.told.push(`withdraw ${hostId}`);
    if (this.trouble) throw this.trouble;
  }

  onEnd(run: () => void): void {
    this.#onEnd = run;
  }

  async close(): Promise<void> {
    this.told.push('close');
  }

  async read(): Promise<StoredHost> {
    this.told.push('read');
    await this.gate;
    if (this.trouble) throw this.trouble;
    return this.stored;
  }

  async apply(plan: Plan): Promise<void> {
    if (plan.changes.length > 0) this.told.push(`write ${plan.changes.map(({ name }) => name).join(' ')}`);
    this.stored = applied(this.stored, plan);
  }

  async exclusively<T>(_: string, body: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new Error('two passes at once');
    this.#isBusy = true;
    try {
      return await body();
    } finally {
      this.#isBusy = false;
    }
  }

  /** How often something was told. */
  count(what: string): number {
    return this.told.filter((it) => it === what).length;
  }
}
