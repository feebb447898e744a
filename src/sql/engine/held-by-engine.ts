import { frontend } from '../protocol/frontend.ts';
import type { EngineJob } from './engine.ts';
import { checkUnits } from './job-frames.ts';

/** More, and they are all made anew one by one. */
const MOST_STATEMENTS = 500;

/** What of its clients an engine has in it now, and so what it must be given before a job. */
export class HeldByEngine {
  /** Null: nobody's, or nobody knows what. */
  #owner: object | null = null;
  readonly #statements = new Map<string, Uint8Array>();

  /** What has to be sent before the job's own frames, in this order; and what is to be told of how that went. */
  before(job: EngineJob): { readonly frames: readonly Uint8Array[]; readonly done: (count: number) => void } {
    const { owner, statement } = job;
    const settings: Uint8Array[] = [];
    if (this.#owner !== owner || this.#statements.size >= MOST_STATEMENTS) {
      const own = job.settings();
      checkUnits(own);
      settings.push(frontend.query('discard all'), ...(own.length === 0 ? [] : [own]));
      this.#statements.clear();
    }
    const made = statement === null ? [] : this.#make(statement.name, statement.frames);
    // The unnamed one goes with the next statement of any kind.
    const stays = statement !== null && statement.name !== '';
    // Until it has answered, what it has in it is unknown.
    this.#owner = null;
    const done = (count: number) => {
      if (count < settings.length) return;
      this.#owner = owner;
      if (!stays) return;
      if (count === settings.length + made.length) this.#statements.set(statement.name, statement.frames);
      else this.#statements.delete(statement.name);
    };
    return { frames: [...settings, ...made], done };
  }

  forget(owner: object): void {
    if (this.#owner === owner) this.#owner = null;
  }

  #make(name: string, frames: Uint8Array): readonly Uint8Array[] {
    const held = this.#statements.get(name);
    if (held === undefined) return [frames];
    if (held === frames || Buffer.compare(held, frames) === 0) return [];
    return [Buffer.concat([frontend.close('statement', name), frontend.sync()]), frames];
  }
}
