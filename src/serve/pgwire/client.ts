import { backend } from '../../sql/protocol/backend.ts';
import { joined } from '../../sql/protocol/bytes.ts';
import type { RawMessage } from '../../sql/protocol/frame-splitter.ts';
import { decodeFrontend, isFrontendType } from '../../sql/protocol/frontend-message.ts';
import type { SqlSession } from '../../sql/session/session.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { CancelKey } from './cancel-keys.ts';
import type { ClientStream } from './client-stream.ts';
import { Patience } from './patience.ts';

/** What a client's conversation is bounded by. */
export interface ClientLimits {
  readonly frameBytes: number;
  readonly idleInTransactionMs: number;
}

/** How it has ended, where it was not the client that has ended it. */
export type ClientEnd =
  | { readonly kind: 'left' }
  | { readonly kind: 'thrown_out'; readonly error: SqlError; readonly isShutdown: boolean };

/** Messages that hold text or values; the others are short. As Postgres has it. */
const LARGE = new Set(['Q', 'P', 'B', 'F', 'd']);
const SMALL_BYTES = 10_000;
/** How often somebody who has ended its half is asked whether it still listens. */
const PROBE_MS = 250;

/** One client that has been let in, from its first query to its end: what it sends is given to its session, one by one. */
export class Client {
  readonly #stream: ClientStream;
  readonly #session: SqlSession;
  readonly #limits: ClientLimits;
  readonly #patience: Patience;
  #isBusy = true;
  #isClosing = false;
  #isSessionOver = false;
  #probing: NodeJS.Timeout | null = null;
  #end: ClientEnd = { kind: 'left' };

  constructor(stream: ClientStream, session: SqlSession, limits: ClientLimits) {
    this.#stream = stream;
    this.#session = session;
    this.#limits = limits;
    this.#patience = new Patience((error) => this.#throwOut(error));
  }

  /**
   * Serves it until it is gone. Its connection is left open for a last word.
   * @param key with which it can cancel what it runs
   */
  async serve(key: CancelKey): Promise<ClientEnd> {
    this.#stream.onGone(() => this.#endSession());
    try {
      await this.#greet(key);
      this.#isBusy = false;
      this.#stream.onEnd(() => this.#probe());
      for (let message = await this.#next(); message !== null; message = await this.#next()) {
        this.#isBusy = true;
        const goesOn = await this.#handle(message);
        this.#isBusy = false;
        if (!goesOn) break;
        if (this.#isClosing) this.#throwOut(shutdown());
      }
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.#throwOut(error);
    } finally {
      this.#patience.stop();
      this.#endSession();
    }
    return this.#end;
  }

  /** Ends what runs now. */
  cancel(): void {
    if (!this.#isSessionOver) this.#session.cancel();
  }

  /** The server ends: what runs may finish, if there is time. */
  close({ isNow }: { readonly isNow: boolean }): void {
    this.#isClosing = true;
    if (isNow || !this.#isBusy) this.#throwOut(shutdown());
  }

  async #greet({ pid, key }: CancelKey): Promise<void> {
    const settings = await this.#session.start();
    const told = [...settings].map(([name, value]) => backend.parameterStatus(name, value));
    const frames = [backend.authenticationOk(), ...told, backend.backendKeyData(pid, key), backend.readyForQuery('I')];
    await this.#stream.send(joined(frames));
    if (this.#isClosing) this.#throwOut(shutdown());
  }

  async #next(): Promise<RawMessage | null> {
    if (this.#isSessionOver) return null;
    this.#patience.wait(this.#session, this.#limits.idleInTransactionMs);
    const message = await this.#stream.read((splitter) => splitter.next((type) => this.#longest(type)));
    this.#patience.hear();
    return this.#isSessionOver ? null : message;
  }

  #longest(type: string): number {
    if (isFrontendType(type))
      return LARGE.has(type) ? this.#limits.frameBytes : Math.min(SMALL_BYTES, this.#limits.frameBytes);
    throw new SqlError('08P01', `invalid frontend message type ${type.charCodeAt(0)}`, { isFatal: true });
  }

  /** @returns false where it was the last */
  async #handle({ type, body }: RawMessage): Promise<boolean> {
    try {
      return await this.#give(type, body);
    } catch (error) {
      // A session that is over has nobody to tell of what became of its last statement.
      if (this.#isSessionOver && error instanceof SqlError) return false;
      throw error;
    }
  }

  async #give(type: string, body: Uint8Array): Promise<boolean> {
    const session = this.#session;
    let message: ReturnType<typeof decodeFrontend>;
    try {
      message = decodeFrontend(type, body);
    } catch (error) {
      if (!(error instanceof SqlError) || error.isFatal) throw error;
      await session.fail(error, type === 'Q');
      return true;
    }
    switch (message.kind) {
      case 'query':
        await session.query(message.text);
        return true;
      case 'parse':
        await session.parse(message.name, message.text, message.parameterTypes);
        return true;
      case 'bind':
        await session.bind(message);
        return true;
      case 'describe':
        await session.describe(message.what, message.name);
        return true;
      case 'execute':
        await session.execute(message.portal, message.maxRows);
        return true;
      case 'close':
        await session.closeNamed(message.what, message.name);
        return true;
      case 'sync':
        await session.sync();
        return true;
      case 'function_call':
        await session.fail(
          new SqlError('0A000', 'functions cannot be called by number', { hint: 'SELECT function(…)' }),
          true,
        );
        return true;
      case 'terminate':
        return false;
      case 'password':
        throw new SqlError('08P01', 'a password was sent that nobody has asked for', { isFatal: true });
      // All that is sent goes out at once, and there is never a COPY that takes something in.
      case 'flush':
      case 'copy':
        return true;
    }
  }

  /**
   * A client that sends no more may still listen, or be gone: both end its half of the connection in the same way. Only
   * what is sent to it tells, so it is told what it knows already until what it has asked for is done.
   */
  #probe(): void {
    if (this.#isSessionOver) return;
    this.#probing = setInterval(() => {
      this.#stream.probe(backend.parameterStatus('server_encoding', 'UTF8'));
    }, PROBE_MS);
  }

  #throwOut(error: SqlError): void {
    if (this.#isSessionOver) return;
    this.#end = { kind: 'thrown_out', error, isShutdown: error.sqlState === '57P01' };
    this.#endSession();
    this.#stream.end(backend.errorResponse(error.isFatal ? error : asFatal(error)));
  }

  #endSession(): void {
    if (this.#isSessionOver) return;
    this.#isSessionOver = true;
    this.#patience.stop();
    if (this.#probing !== null) clearInterval(this.#probing);
    this.#session.end();
  }
}

/** The same, as what ends a connection. */
export function asFatal({ sqlState, message, detail, hint }: SqlError): SqlError {
  return new SqlError(sqlState, message, { detail, hint, isFatal: true });
}

function shutdown(): SqlError {
  return new SqlError('57P01', 'terminating connection due to administrator command', { isFatal: true });
}
