import { backend } from '../protocol/backend.ts';
import { Client } from './client.ts';
import { executePortal } from './execute-portal.ts';
import { bindPortal, describeNamed, prepareStatement } from './extended-query.ts';
import type { Bind, OpenSession, Patience, SessionOptions, SqlSession } from './session.ts';
import { errorResponse, sqlErrorFrom } from './session-error.ts';
import { endOwn, simpleQuery } from './simple-query.ts';
import { startSettings } from './start-settings.ts';
import { milliseconds } from './time-setting.ts';

/** Opens a session over an engine that all share. */
export const openSession: OpenSession = (options) => new Session(options);

class Session implements SqlSession {
  readonly #client: Client;
  #started: Promise<ReadonlyMap<string, string>> | null = null;
  /** After an error, what was sent before Sync is not done. */
  #isSkipping = false;

  constructor(options: SessionOptions) {
    this.#client = new Client(options);
  }

  get status(): 'I' | 'T' | 'E' {
    return this.#client.status;
  }

  get patience(): Patience {
    const { settings } = this.#client;
    return {
      idleInTransactionMs: milliseconds(settings.get('idle_in_transaction_session_timeout')),
      transactionMs: milliseconds(settings.get('transaction_timeout')),
      idleMs: milliseconds(settings.get('idle_session_timeout')),
    };
  }

  start(): Promise<ReadonlyMap<string, string>> {
    this.#started ??= startSettings(this.#client);
    return this.#started;
  }

  async query(text: string): Promise<void> {
    if (this.#isSkipping) return;
    await this.#guarded(() => simpleQuery(this.#client, text));
    await this.#ready();
  }

  async parse(name: string, text: string, parameterTypes: readonly number[]): Promise<void> {
    await this.#message(() => prepareStatement(this.#client, { name, text, parameterTypes }));
  }

  async bind(message: Bind): Promise<void> {
    await this.#message(() => bindPortal(this.#client, message));
  }

  async describe(what: 'statement' | 'portal', name: string): Promise<void> {
    await this.#message(() => describeNamed(this.#client, what, name));
  }

  async execute(portal: string, maxRows: number): Promise<void> {
    await this.#message(() => executePortal(this.#client, portal, maxRows));
  }

  async closeNamed(what: 'statement' | 'portal', name: string): Promise<void> {
    await this.#message(async () => {
      if (what === 'statement') this.#client.prepared.drop(name);
      else this.#client.portals.drop(name);
      await this.#client.out.put([backend.closeComplete()]);
    });
  }

  async sync(): Promise<void> {
    this.#isSkipping = false;
    await this.#guarded(() => endOwn(this.#client));
    await this.#ready();
  }

  async fail(error: Error, isAlone = false): Promise<void> {
    const act = () => {
      throw error;
    };
    if (!isAlone) return this.#message(act);
    if (this.#isSkipping) return;
    await this.#guarded(act);
    await this.#ready();
  }

  cancel(): void {
    this.#client.runs.cancel();
  }

  end(): void {
    this.#client.out.end();
    this.#client.runs.end();
    this.#client.memory.end();
  }

  /** A message of those that end with Sync. */
  async #message(act: () => Promise<void>): Promise<void> {
    if (this.#isSkipping) return;
    this.#isSkipping = !(await this.#guarded(act));
    await this.#client.out.flush();
  }

  /** @returns whether it went well; else the client has been told, and its transaction has failed */
  async #guarded(act: () => Promise<void>): Promise<boolean> {
    await this.start();
    const { runs, out } = this.#client;
    runs.begin();
    try {
      await act();
      return true;
    } catch (error) {
      const told = sqlErrorFrom(error);
      this.#client.fail();
      if (told.isFatal) {
        await out.flush();
        throw told;
      }
      await out.put([errorResponse(told)]);
      return false;
    } finally {
      runs.rest();
    }
  }

  async #ready(): Promise<void> {
    const { out, reported, status } = this.#client;
    const changed = reported.changed().map(([name, value]) => backend.parameterStatus(name, value));
    await out.put([...changed, backend.readyForQuery(status)]);
    await out.flush();
  }
}
