import { clockMs } from '../../test/storm/clock.ts';
import type { Host, Resident } from './host.ts';

/** How many lines of a watcher are kept for whoever reads of a wrong answer. */
const REMEMBERED = 400;

/** `plumb sync --watch` on one host, that can be killed and started again. */
export class Watcher {
  readonly host: Host;
  /** What it has said, and when. */
  readonly said: { readonly atMs: number; readonly line: string }[] = [];
  /** Since when it is there; null while it is not. */
  upSinceMs: number | null = null;
  downSinceMs = clockMs();
  readonly #command: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #surprise: (what: string) => void;
  #resident: Resident | null = null;

  constructor(
    host: Host,
    how: { readonly plumb: readonly string[]; readonly env: Readonly<Record<string, string>> },
    surprise: (what: string) => void,
  ) {
    this.host = host;
    this.#command = [...how.plumb, 'sync', '--watch'];
    this.#env = how.env;
    this.#surprise = surprise;
  }

  /** Its number, as we count; null while it is not there. */
  get pid(): number | null {
    return this.#resident?.pid ?? null;
  }

  async start(): Promise<void> {
    const resident = await this.host.start(this.#command, this.#env, ['ignore', 'pipe', 'pipe']);
    this.#resident = resident;
    this.upSinceMs = clockMs();
    for (const stream of [resident.child.stdout, resident.child.stderr]) this.#listen(stream);
    void resident.ended.then(() => {
      if (this.#resident === resident) this.#surprise(`the watcher of ${this.host.name} has ended by itself`);
    });
  }

  /** Ends it, and waits for that. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const resident = this.#resident;
    if (!resident) return;
    this.#resident = null;
    this.upSinceMs = null;
    this.downSinceMs = clockMs();
    resident.signal(signal);
    await resident.ended;
    this.downSinceMs = clockMs();
  }

  #listen(stream: Resident['child']['stdout']): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (data: string) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.said.push({ atMs: clockMs(), line });
      if (this.said.length > 2 * REMEMBERED) this.said.splice(0, this.said.length - REMEMBERED);
    });
  }
}
