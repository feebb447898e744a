import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { killMarked } from '../makers/leftovers.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import type { Random } from '../makers/random.ts';
import { openTerminal, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

/** What is said of homes by name: `110 pts/3 alive`, `  ambiguous`; nothing of one without a session. */
export type Told = ReadonlyMap<string, string>;

interface Mover {
  readonly terminal: Terminal;
  readonly pid: number;
  readonly orders: string;
}

/** Stands in the environment of all sessions. */
const MARK = 'PLUMBLINE_TEST_MOVERS';

/** Sessions that do as they are told: each reads its orders from a pipe, whatever becomes of its terminal. */
export class Movers {
  /** What was done last, for whoever reads a failure. */
  last = 'nothing';
  readonly #directory: string;
  readonly #names: readonly string[];
  readonly #program: string;
  readonly #command = `mover${globalThis.process.pid}`;
  readonly #homes = new Map<string, string>();
  readonly #movers: Mover[] = [];
  #orders = 0;

  constructor(directory: string, names: readonly string[]) {
    fs.chmodSync(directory, 0o755);
    fs.mkdirSync(`${directory}/agents`);
    this.#directory = directory;
    this.#names = names;
    this.#program = `${directory}/${this.#command}`;
    fs.copyFileSync('/bin/bash', this.#program);
    fs.chmodSync(this.#program, 0o755);
    for (const name of names) this.#make(name);
    fs.mkdirSync(`${directory}/elsewhere`);
  }

  /** The directory with the homes. */
  get agents(): string {
    return `${this.#directory}/agents`;
  }

  get flags(): string[] {
    return ['--home', `${this.agents}/*`, '--command', this.#command];
  }

  /** Who is where, read by hand: by inode, as far as the directory has the number that was stored. */
  truth(): Told {
    const found = new Map<string, string[]>(this.#names.map((name) => [name, []]));
    for (const { pid, comm, state, hasExecuted } of processTable()) {
      if (comm !== this.#command || state === 'Z' || !hasExecuted) continue;
      const home = this.#homeOf(pid);
      const row = processRow(pid);
      if (home === null || row === null) continue;
      found.get(home)?.push(`${pid} ${row.ttyNr === 0 ? '' : terminalOf(row.ttyNr)}`);
    }
    return new Map(
      [...found].map(([name, all]) => {
        const attached = all.filter((it) => !it.endsWith(' '));
        const claimants = attached.length > 0 ? attached : all;
        if (claimants.length === 1) return [name, `${claimants[0]} alive`];
        if (claimants.length === 0) return [name, ''];
        return [name, '  ambiguous'];
      }),
    );
  }

  /** One of the things that happen to sessions. @param store to be called when a home is another directory now */
  async change(random: Random, store: () => void): Promise<void> {
    const mover = this.#movers.length === 0 ? undefined : random.pick(this.#movers);
    const kinds = ['start', 'start', 'move', 'move', 'move', 'leave', 'kill', 'exec', 'hang up', 'remake'] as const;
    const kind = mover === undefined || this.#movers.length < 3 ? 'start' : random.pick(kinds);
    const name = random.pick(this.#names);
    this.last = `${kind} ${mover?.pid ?? ''} ${name}`;
    if (kind === 'start' || mover === undefined) return this.#start(name);
    if (kind === 'remake') {
      this.remake(name);
      return store();
    }
    if (kind === 'kill') return this.#end(mover, () => globalThis.process.kill(mover.pid, 'SIGKILL'));
    if (kind === 'exec') return this.#end(mover, () => void this.#order(mover, 'exec /bin/sleep 1000'), true);
    if (kind === 'hang up') {
      await mover.terminal.hangUp();
      await waitFor('it to have no terminal', () => (processRow(mover.pid)?.ttyNr ?? 0) === 0);
      return;
    }
    const place = kind === 'leave' ? `${this.#directory}/elsewhere` : `${this.#directory}/agents/${name}/deep`;
    await this.#order(mover, `cd '${place}'`);
    await waitFor('it to be there', () => cwdIs(mover.pid, place));
  }

  /** Ends them all; what has lost its terminal lives on without. */
  end(): Promise<void> {
    return killMarked(`${MARK}=${this.#directory}`);
  }

  async #start(name: string): Promise<void> {
    const orders = `${this.#directory}/orders${this.#orders++}`;
    execFileSync('mkfifo', [orders]);
    const loop = `trap '' HUP; while :; do read -r order < '${orders}' && eval "$order"; done`;
    const cwd = `${this.#directory}/agents/${name}`;
    const terminal = await openTerminal([this.#program, '-c', loop], { cwd, env: { [MARK]: this.#directory } });
    await waitFor('it to survive its terminal', () => ignoresHangUp(terminal.pid));
    this.#movers.push({ terminal, pid: terminal.pid, orders });
  }

  async #order({ orders }: Mover, line: string): Promise<void> {
    await fs.promises.writeFile(orders, `${line}\n`);
  }

  async #end(mover: Mover, how: () => void, lives = false): Promise<void> {
    this.#movers.splice(this.#movers.indexOf(mover), 1);
    how();
    await waitFor('it to be none', () => {
      const row = processRow(mover.pid);
      return row === null || row.state === 'Z' || (lives && row.comm !== this.#command);
    });
  }

  /** The directory goes away with whoever is in it, and another one takes its name. */
  remake(name: string): void {
    const path = `${this.#directory}/agents/${name}`;
    fs.renameSync(path, `${this.#directory}/elsewhere/${name}${this.#orders++}`);
    this.#make(name);
  }

  #make(name: string): void {
    const path = `${this.#directory}/agents/${name}`;
    fs.mkdirSync(`${path}/deep`, { recursive: true });
    this.#homes.set(name, keyOf(path));
  }

  #homeOf(pid: number): string | null {
    for (let levels = 0; levels < 16; levels++) {
      try {
        const key = keyOf(`/proc/${pid}/cwd${'/..'.repeat(levels)}`);
        const found = [...this.#homes].find(([, home]) => home === key);
        if (found) return found[0];
      } catch {
        return null;
      }
    }
    return null;
  }
}

function keyOf(path: string): string {
  const { dev, ino } = fs.statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

function cwdIs(pid: number, place: string): boolean {
  return fs.readlinkSync(`/proc/${pid}/cwd`) === place;
}

function terminalOf(ttyNr: number): string {
  return `pts/${(ttyNr & 0xff) | ((ttyNr >>> 12) & 0xfff00)}`;
}

function ignoresHangUp(pid: number): boolean {
  const ignored = /^SigIgn:\t[0-9a-f]*([0-9a-f])$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
  return (Number.parseInt(ignored, 16) & 1) === 1;
}
