import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../../../test/makers/postgres.ts';
import { requires } from '../../../test/makers/requires.ts';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { type Peer, PostgresPeer, readyCount, told } from '../../../test/makers/sql-peers.ts';
import { frontend } from '../protocol/frontend.ts';

const [version] = postgresVersions().slice(-1);
const TALKS = 60;
const STEPS = 40;

/** Numbers that look random, and are the same each time: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes what a client could say next, however little sense it makes. */
class Talker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  step(): { readonly label: string; readonly frames: readonly Uint8Array[] } {
    if (this.#random() < 0.3) return this.#extended();
    const count = this.#random() < 0.25 ? this.#int(2, 4) : 1;
    const text = Array.from({ length: count }, () => this.#statement()).join('; ');
    return { label: text, frames: [frontend.query(text)] };
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  #int(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  #statement(): string {
    const cursor = this.#one(['c', 'd']);
    const savepoint = this.#one(['a', 'b']);
    return this.#one([
      () => 'begin',
      () =>
        this.#one(['begin', 'start transaction isolation level repeatable read', 'begin isolation level serializable']),
      () => this.#one(['commit', 'rollback', 'commit and chain', 'rollback and chain', 'end', 'abort']),
      () => this.#one(['commit', 'rollback']),
      () => `savepoint ${savepoint}`,
      () => `savepoint ${savepoint}`,
      () => `rollback to ${savepoint}`,
      () => `release ${savepoint}`,
      () => `set ${this.#one(['', 'local', 'session'])} work_mem = '${this.#int(1, 9)}MB'`,
      () => `set ${this.#one(['', 'local'])} application_name = 'n${this.#int(1, 9)}'`,
      () =>
        this.#one([
          'show work_mem',
          'show application_name',
          'show transaction_isolation',
          'reset work_mem',
          'reset all',
        ]),
      () => 'show work_mem',
      () => this.#one(['select 1', 'select 1/0', 'select nothing', 'selec', '']),
      () => this.#declare(cursor),
      () => this.#declare(cursor),
      () => `fetch ${this.#rows()} from ${cursor}`,
      () => `fetch ${this.#rows()} from ${cursor}`,
      () => `move ${this.#rows()} from ${cursor}`,
      () => this.#one([`close ${cursor}`, 'close all']),
      () => `prepare ${cursor} as select ${this.#int(1, 9)}`,
      () => this.#one([`execute ${cursor}`, `deallocate ${cursor}`, 'deallocate all', 'discard plans']),
    ])();
  }

  #declare(name: string): string {
    const query = this.#one([
      'values (1), (2), (3)',
      'select 1 where false',
      'select 6 / (3 - x) from generate_series(1, 4) x',
    ]);
    return `declare ${name} ${this.#one(['scroll', 'no scroll'])} cursor ${this.#one(['', '', 'with hold'])} for ${query}`;
  }

  #rows(): string {
    return this.#one([
      () => this.#one(['next', 'prior', 'first', 'last', 'all', 'backward all', 'forward']),
      () => `absolute ${this.#int(-5, 5)}`,
      () => `relative ${this.#int(-3, 3)}`,
      () => `${this.#one(['forward', 'backward'])} ${this.#int(-2, 4)}`,
    ])();
  }

  #extended(): { readonly label: string; readonly frames: readonly Uint8Array[] } {
    const labels: string[] = [];
    const frames: Uint8Array[] = [];
    const add = (label: string, frame: Uint8Array) => {
      labels.push(label);
      frames.push(frame);
    };
    for (let count = this.#int(1, 5); count > 0; count--) {
      const statement = this.#one(['', 'c', 's']);
      const portal = this.#one(['', 'c', 'p']);
      const bind = { portal, statement, parameterFormats: [], parameters: [], resultFormats: [] };
      this.#one([
        () => {
          const said = this.#one([() => this.#statement(), () => 'values (1), (2), (3)'])();
          // EXECUTE of these can bring Postgres down.
          const text = /^(?:savepoint|release|rollback to|prepare|execute)/.test(said) ? 'select 2' : said;
          add(`parse ${statement} ${text}`, frontend.parse(statement, text));
        },
        () => add(`bind ${portal} ${statement}`, frontend.bind(bind)),
        () => {
          const rows = this.#int(0, 2);
          add(`bind ${portal} ${statement}`, frontend.bind(bind));
          add(`execute ${portal} ${rows}`, frontend.execute(portal, rows));
        },
        () => {
          const name = this.#one(['c', 'p']);
          const rows = this.#int(0, 2);
          add(`execute ${name} ${rows}`, frontend.execute(name, rows));
        },
        // Postgres keeps a portal without a name that a simple query has failed in: so only those that have one.
        () => add('describe portal p', frontend.describe('portal', 'p')),
        () => add(`close statement ${statement}`, frontend.close('statement', statement)),
        () => add(`close portal ${portal}`, frontend.close('portal', portal)),
        () => add('sync', frontend.sync()),
      ])();
    }
    add('sync', frontend.sync());
    return { label: labels.join(' | '), frames };
  }
}

describe('random sessions beside Postgres', () => {
  requires('postgres');
  const sessions = useSessions();
  const postgres = usePostgres(version ?? { major: 0, bin: '' }, ['timezone=UTC']);
  let path = '';
  beforeAll(() => {
    path = `${postgres().socketDirectory}/.s.PGSQL.${postgres().port}`;
  });
  const open: Peer[] = [];
  afterEach(() => {
    for (const peer of open.splice(0)) peer.end();
  });

  it.each(Array.from({ length: TALKS }, (_, index) => index + 1))('seed %i', async (seed) => {
    const theirs = await PostgresPeer.connect(path, { user: 'plumbline_test', database: 'postgres' });
    const ours = sessions().open();
    open.push(theirs, ours);
    await ours.session.start();
    const talker = new Talker(seed);
    const before: string[] = [];
    for (let step = 0; step < STEPS; step++) {
      const { label, frames } = talker.step();
      before.push(label);
      const answer = await ours.ask(frames);
      const expected = await theirs.ask(frames, readyCount(answer));
      expect([...before, ...told(answer)]).toEqual([...before, ...told(expected)]);
    }
  });
});
