import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Random } from '../makers/random.ts';
import type { TmuxServer } from '../makers/tmux.ts';
import { pause } from '../storm/clock.ts';
import type { Fleet } from './plumb.ts';

/** What is so of one session from one change to the next; while a change is under way both are so. */
export interface LiveState {
  readonly name: string;
  /** Null while nothing runs. */
  readonly pid: number | null;
  /** `work:1.0 %7`. */
  readonly pane: string;
  /** When the change began that has made it so. */
  readonly fromMs: number;
  /** When the change had ended that made something else so. */
  toMs: number;
}

interface Member {
  readonly name: string;
  readonly pane: string;
  pid: number | null;
}

/** Sessions in panes of one tmux that are changed one at a time, and what was so when. */
export class LiveFleet {
  /** All that has been so, in no order. */
  readonly timeline: LiveState[] = [];
  readonly #fleet: Fleet;
  readonly #tmux: TmuxServer;
  #socket: string;
  readonly #members: Member[] = [];
  readonly #now = new Map<string, LiveState>();
  #renamed = 0;

  constructor(fleet: Fleet, tmux: TmuxServer) {
    this.#fleet = fleet;
    this.#tmux = tmux;
    this.#socket = '';
  }

  /** Opens one, in a session of tmux of its own. */
  async open(name: string): Promise<void> {
    const { id } = this.#tmux.openPane(this.#fleet.home(name), this.#program);
    this.#socket = this.#tmux.run('display-message', '-p', '#{socket_path}');
    const member: Member = { name, pane: id, pid: null };
    this.#members.push(member);
    const begunMs = performance.now();
    const places = await this.#run('set-option', '-p', '-t', id, 'remain-on-exit', 'on');
    await this.#runs(member, places);
    this.#note(places, begunMs);
  }

  /** Changes something: kills, starts again, exchanges two places, calls a place otherwise. */
  async change(random: Random): Promise<void> {
    const member = random.pick(this.#members);
    const begunMs = performance.now();
    const kind = random.between(0, 9);
    if (member.pid !== null && kind < 3) {
      await this.#kill(member);
      this.#note(null, begunMs);
    } else if (member.pid === null || kind < 6) {
      const places = await this.#run('respawn-pane', '-k', '-t', member.pane, ...this.#program);
      await this.#runs(member, places);
      this.#note(places, begunMs);
    } else if (kind < 8) {
      const other = random.pick(this.#members.filter((it) => it !== member));
      this.#note(await this.#run('swap-pane', '-d', '-s', member.pane, '-t', other.pane), begunMs);
    } else {
      this.#note(await this.#run('rename-session', '-t', member.pane, `r${++this.#renamed}`), begunMs);
    }
  }

  get #program(): string[] {
    return [this.#fleet.path(this.#fleet.command), '1000'];
  }

  async #kill(member: Member): Promise<void> {
    const pid = member.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    while (lives(pid)) await pause(1);
    member.pid = null;
  }

  /** Waits until the pane's process runs the program. */
  async #runs(member: Member, places: ReadonlyMap<string, Place>): Promise<void> {
    const pid = places.get(member.pane)?.pid ?? 0;
    const program = fs.realpathSync(this.#program[0] ?? '');
    while (exeOf(pid) !== program) await pause(1);
    member.pid = pid;
  }

  /** Runs one command of tmux, and has where every pane is then: in one go, since each call takes its time. */
  async #run(...command: readonly string[]): Promise<ReadonlyMap<string, Place>> {
    const format = '#{pane_id} #{pane_pid} #{session_name}:#{window_index}.#{pane_index}';
    const argv = ['-S', this.#socket, ...command, ';', 'list-panes', '-a', '-F', format];
    const list = (await promisify(execFile)('tmux', argv)).stdout.trim();
    return new Map(
      list.split('\n').map((line) => {
        const [id = '', pid, address = ''] = line.split(' ');
        return [id, { pid: Number(pid), address }];
      }),
    );
  }

  /** Remembers what is so now. @param places null: where it was */
  #note(places: ReadonlyMap<string, Place> | null, begunMs: number): void {
    const endedMs = performance.now();
    for (const { name, pid, pane: id } of this.#members) {
      const before = this.#now.get(name);
      const pane = places === null ? (before?.pane ?? '') : `${places.get(id)?.address} ${id}`;
      if (before?.pid === pid && before.pane === pane) continue;
      if (before) before.toMs = endedMs;
      const after: LiveState = { name, pid, pane, fromMs: begunMs, toMs: Number.POSITIVE_INFINITY };
      this.#now.set(name, after);
      this.timeline.push(after);
    }
  }
}

interface Place {
  readonly pid: number;
  readonly address: string;
}

/** Whether it has not ended: one that has can stay in the list until its parent has taken notice. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // It has gone.
    return false;
  }
}

function exeOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // It has gone, or is being born.
    return null;
  }
}
