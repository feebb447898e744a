import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../../test/makers/wait-for.ts';
import type { Host, Resident } from './host.ts';

const run = promisify(execFile);

/** A tmux server in a host, that can be killed and started again. */
export class Multiplexer {
  readonly host: Host;
  readonly name: string;
  /** Panes of an earlier life are no more. */
  life = 0;
  readonly #socketPath: string;
  readonly #configuration: string;
  readonly #env: Readonly<Record<string, string>>;
  #server: Resident | null = null;
  #users = 0;
  #isOpen = false;

  constructor(
    host: Host,
    name: string,
    place: { readonly stage: string; readonly env: Readonly<Record<string, string>> },
  ) {
    this.host = host;
    this.name = name;
    this.#socketPath = `${place.stage}/${host.name}-${name}`;
    this.#configuration = `${place.stage}/tmux.conf`;
    this.#env = place.env;
  }

  /** It runs, and nobody is about to kill it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async start(): Promise<void> {
    const argv = ['tmux', '-S', this.#socketPath, '-f', this.#configuration, '-D'];
    this.#server = await this.host.start(argv, this.#env);
    await waitFor('the tmux server', () =>
      this.run('list-sessions', '-F', 'there').then(
        () => true,
        () => false,
      ),
    );
    this.life++;
    this.#isOpen = true;
  }

  /** Runs one command of tmux, and returns what it prints. Its socket is reached from any host. */
  async run(...command: readonly string[]): Promise<string> {
    const argv = ['-S', this.#socketPath, ...command];
    const { stdout } = await run('tmux', argv, { env: this.#env, timeout: 20_000 });
    return stdout.trim();
  }

  /** Uses it for as long as the body runs: it is not killed meanwhile. */
  async use<T>(body: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await body();
    } finally {
      this.#users--;
    }
  }

  /** Nobody begins to use it from now on; resolves when nobody does any more. */
  async shut(): Promise<void> {
    this.#isOpen = false;
    await waitFor('the server’s users', () => this.#users === 0, 60_000);
  }

  /** SIGKILL, and its end. */
  async kill(): Promise<void> {
    this.#server?.signal('SIGKILL');
    await this.#server?.ended;
    this.#server = null;
  }
}
