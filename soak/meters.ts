import fs from 'node:fs';
import { clockMs } from '../test/storm/clock.ts';
import { Asker } from './asker.ts';
import type { Pause } from './pause.ts';
import type { Sample } from './slope.ts';
import { COUNTER } from './world/database.ts';
import type { World } from './world/world.ts';

const APART_MS = 2000;
/** USER_HZ, which is the same on every architecture that Node runs on. */
const TICKS_A_SECOND = 100;

/** What one watcher takes: each life of it is another process. */
export class WatcherMeter {
  readonly rssMb: Sample[] = [];
  readonly descriptors: Sample[] = [];
  lives = 0;
  #pid: number | null = null;
  #ticksBefore = 0;
  #ticks = 0;
  #upMs = 0;
  #lastMs = 0;

  /** CPU seconds of all its lives and their tmux clients, and for how long it was there. */
  get cpu(): { readonly seconds: number; readonly upMs: number } {
    return { seconds: (this.#ticksBefore + this.#ticks) / TICKS_A_SECOND, upMs: this.#upMs };
  }

  /** @param pid its number now; null while it is not there */
  sample(pid: number | null): void {
    const atMs = clockMs();
    if (pid !== this.#pid) {
      this.#ticksBefore += this.#ticks;
      this.#ticks = 0;
      this.#pid = pid;
      if (pid !== null) this.lives++;
    } else if (pid !== null) this.#upMs += atMs - this.#lastMs;
    this.#lastMs = atMs;
    if (pid === null) return;
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime, stime, and those of children that it has waited for: fields 14 to 17.
      this.#ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      const rss = /^VmRSS:\s*(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const count = fs.readdirSync(`/proc/${pid}/fd`).length;
      if (rss === undefined) return;
      this.rssMb.push({ atMs, life: this.lives, value: Number(rss) / 1024 });
      this.descriptors.push({ atMs, life: this.lives, value: count });
    } catch {
      // It has ended just now.
    }
  }
}

const COUNTS = `select
  (select pg_current_wal_lsn() - '0/0'::pg_lsn)::text as wal,
  (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables where schemaname = 'plumbline')::text as rows,
  (select count(*) from pg_stat_activity where backend_type = 'client backend')::text as connections,
  (select coalesce(max(of_role), 0) from (
    select count(*) as of_role from pg_stat_activity where backend_type = 'client backend' and usename = any($1) group by usename
  ) counts)::text as of_a_watcher`;

/** Counts every two seconds what the watchers and the database take. */
export class Meters {
  readonly watchers: readonly WatcherMeter[];
  readonly connections: Sample[] = [];
  walBytes = 0;
  rowsWritten = 0;
  mostOfAWatcher = 0;
  readonly #world: World;
  readonly #asker: Asker;
  #walBefore: number | null = null;
  #rowsBefore: number | null = null;

  constructor(world: World) {
    this.#world = world;
    this.#asker = new Asker(world.database.url(COUNTER));
    this.watchers = world.watchers.map(() => new WatcherMeter());
  }

  async run(pause: Pause): Promise<void> {
    while (!pause.isOver) {
      for (const [index, meter] of this.watchers.entries()) meter.sample(this.#world.watchers[index]?.pid ?? null);
      await this.#count();
      await pause.forMs(APART_MS);
    }
    await this.#asker.close();
  }

  async #count(): Promise<void> {
    const answer = await this.#asker.ask(COUNTS, [this.#world.hosts.map(({ name }) => name)]);
    const [row] = 'rows' in answer ? answer.rows : [];
    if (!row) return;
    const [wal, rows] = [Number(row['wal']), Number(row['rows'])];
    if (this.#walBefore !== null) this.walBytes += wal - this.#walBefore;
    this.#walBefore = wal;
    // What was written before counts no more than its WAL. A crash forgets the counts, and they begin anew.
    const before = this.#rowsBefore ?? rows;
    this.rowsWritten += rows < before ? rows : rows - before;
    this.#rowsBefore = rows;
    this.connections.push({ atMs: clockMs(), life: 1, value: Number(row['connections']) });
    this.mostOfAWatcher = Math.max(this.mostOfAWatcher, Number(row['of_a_watcher']));
  }
}
