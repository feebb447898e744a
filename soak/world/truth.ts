import { createServer, type Server, type Socket } from 'node:net';
import { clockMs } from '../../test/storm/clock.ts';

/** What a session can be told to do: die of SIGKILL, exit, become itself anew, become another program. */
export type Order = 'killed' | 'exited' | 'executed' | 'left';

const LETTERS: Readonly<Record<Order, string>> = { killed: 'k', exited: 'x', executed: 'e', left: 'l' };

/** A session that has said who it is. */
export interface Speaker {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly startTimeTicks: string;
  /** `%7`. */
  readonly paneId: string;
  /** `pts/3`. */
  readonly terminal: string;
  readonly order: (order: Order) => void;
  /** The kernel has closed its socket: it has ended, or is another program now. */
  readonly ended: Promise<void>;
}

const PATIENCE_MS = 30_000;

/** Where all sessions say who they are, and where the kernel says when they are no more. */
export class Truth {
  readonly socketPath: string;
  readonly #server: Server;
  readonly #expected = new Map<string, (speaker: Speaker) => void>();
  readonly #surprise: (what: string) => void;

  /** @param surprise told of what nobody has ordered */
  constructor(socketPath: string, surprise: (what: string) => void) {
    this.socketPath = socketPath;
    this.#surprise = surprise;
    this.#server = createServer((socket) => this.#listen(socket));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(this.socketPath, resolve);
    });
  }

  /** The next session of this name on this host to say who it is: asked for before it is started. */
  async expect(host: string, name: string): Promise<Speaker> {
    const key = `${host} ${name}`;
    const begunMs = clockMs();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#expected.delete(key);
        reject(new Error(`${name} on ${host} has said nothing for ${Math.round(clockMs() - begunMs)} ms`));
      }, PATIENCE_MS);
      this.#expected.set(key, (speaker) => {
        clearTimeout(timer);
        this.#expected.delete(key);
        resolve(speaker);
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #listen(socket: Socket): void {
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    let text = '';
    // An order to somebody who is just ending.
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      if (!text.endsWith('\n')) return;
      const [name = '', pid, startTimeTicks = '', paneId = '', tty = '', host = ''] = text.trim().split(' ');
      text = '';
      const terminal = tty.replace('/dev/', '');
      const order = (it: Order) => void socket.write(LETTERS[it]);
      const meet = this.#expected.get(`${host} ${name}`);
      if (!meet) return this.#surprise(`${name} on ${host} was started by nobody`);
      meet({ name, host, pid: Number(pid), startTimeTicks, paneId, terminal, order, ended });
    });
  }
}
