import { startScreen } from '../makers/screen.ts';
import { openTerminal, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import type { StormServer } from './servers.ts';

/** Where a session is shown: something that can run a program, and end it with all that it shows. */
export interface Place {
  /** Runs a program where none is; whatever is there has ended. */
  readonly run: (cwd: string, program: readonly string[]) => Promise<void>;
  /** Takes the terminal away from all that is on it. */
  readonly close: () => Promise<void>;
}

/** A pane of tmux. */
export class TmuxPlace implements Place {
  #server: StormServer;
  #pane = '%none';

  constructor(server: StormServer) {
    this.#server = server;
  }

  get server(): StormServer {
    return this.#server;
  }

  get pane(): string {
    return this.#pane;
  }

  /** The process that tmux has started in it. */
  async firstPid(): Promise<number> {
    return Number(await this.#server.tmux('display-message', '-p', '-t', this.#pane, '#{pane_pid}'));
  }

  async run(cwd: string, program: readonly string[]): Promise<void> {
    this.#pane = await this.#server.open(cwd, program);
  }

  async close(): Promise<void> {
    await this.#server.tmux('kill-pane', '-t', this.#pane);
  }

  /** The next one is opened there. */
  moveTo(server: StormServer): void {
    this.#server = server;
  }
}

/** A terminal that nothing shows. */
export class PtyPlace implements Place {
  #terminal: Terminal | null = null;

  async run(cwd: string, program: readonly string[]): Promise<void> {
    this.#terminal = await openTerminal(program, { cwd });
  }

  async close(): Promise<void> {
    await this.#terminal?.hangUp();
  }
}

/** A window of a screen session of its own. */
export class ScreenPlace implements Place {
  #quit: () => void = () => {};

  async run(cwd: string, program: readonly string[]): Promise<void> {
    const { run, name } = await startScreen(cwd, program);
    this.#quit = () => {
      try {
        run('-X', 'quit');
      } catch {
        // Its only program has ended, and it with it.
      }
    };
    await waitFor('screen to answer', () => name !== '');
  }

  async close(): Promise<void> {
    this.#quit();
  }
}
