import { backend } from '../../src/sql/protocol/backend.ts';
import { joined } from '../../src/sql/protocol/bytes.ts';
import type { Bind, Patience, SqlSession } from '../../src/sql/session/session.ts';
import { SqlError } from '../../src/sql/sql-error.ts';

/** What happened to the sessions of a server. */
export interface SessionLog {
  started: number;
  /** How often `end()` was called. */
  ended: number;
  cancelled: number;
  readonly startups: ReadonlyMap<string, string>[];
}

/** What one is made with. */
interface Parts {
  readonly startup: ReadonlyMap<string, string>;
  readonly send: (frames: Uint8Array) => Promise<void> | void;
  readonly log: SessionLog;
}

/**
 * A session without an engine: `echo TEXT` answers TEXT, `rows N BYTES` many rows, `sleep` waits to be cancelled, `begin` and
 * `commit` open and end a transaction, `set idle MS` what the client waits for; `fatal` and `bug` fail.
 */
export class FakeSession implements SqlSession {
  status: 'I' | 'T' | 'E' = 'I';
  patience: Patience = { idleInTransactionMs: 0, transactionMs: 0, idleMs: 0 };
  readonly #parts: Parts;
  #isSkipping = false;
  #isOver = false;
  #wake: (() => void) | null = null;
  #statement = '';

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.log.started++;
    parts.log.startups.push(parts.startup);
  }

  async start(): Promise<ReadonlyMap<string, string>> {
    if (this.#parts.startup.has('wrong'))
      throw new SqlError('42704', 'unrecognized parameter "wrong"', { isFatal: true });
    return new Map([
      ['server_version', '18.0'],
      ['application_name', this.#parts.startup.get('application_name') ?? ''],
    ]);
  }

  async query(text: string): Promise<void> {
    if (this.#isSkipping) return;
    try {
      await this.#run(text, true);
    } catch (error) {
      if (!(error instanceof SqlError) || error.isFatal) throw error;
      await this.#send(backend.errorResponse(error));
    }
    await this.#send(backend.readyForQuery(this.status));
  }

  async parse(_: string, text: string): Promise<void> {
    this.#statement = text;
    await this.#tell(backend.parseComplete());
  }

  async bind(_: Bind): Promise<void> {
    await this.#tell(backend.bindComplete());
  }

  async describe(): Promise<void> {
    await this.#tell(backend.noData());
  }

  async execute(): Promise<void> {
    if (this.#isSkipping) return;
    try {
      await this.#run(this.#statement, false);
    } catch (error) {
      if (!(error instanceof SqlError) || error.isFatal) throw error;
      await this.fail(error);
    }
  }

  async closeNamed(): Promise<void> {
    await this.#tell(backend.closeComplete());
  }

  async sync(): Promise<void> {
    this.#isSkipping = false;
    await this.#send(backend.readyForQuery(this.status));
  }

  async fail(error: Error, isAlone = false): Promise<void> {
    if (this.#isSkipping) return;
    if (error instanceof SqlError) await this.#send(backend.errorResponse(error));
    if (isAlone) await this.#send(backend.readyForQuery(this.status));
    else this.#isSkipping = true;
  }

  cancel(): void {
    this.#parts.log.cancelled++;
    this.#wake?.();
  }

  end(): void {
    this.#parts.log.ended++;
    this.#isOver = true;
    this.#wake?.();
  }

  async #run(text: string, isSimple: boolean): Promise<void> {
    const [verb, ...words] = text.split(' ');
    if (verb === 'echo') return this.#answer([words.join(' ')], isSimple);
    // What was damaged on its way is none of these.
    const isNumbers = (from: number) => words.slice(from).every((word) => /^\d{1,8}$/.test(word));
    if (verb === 'rows' && words.length === 2 && isNumbers(0)) return this.#rows(Number(words[0]), Number(words[1]));
    if (verb === 'begin' || verb === 'commit') {
      this.status = verb === 'begin' ? 'T' : 'I';
      return this.#send(backend.commandComplete(verb.toUpperCase()));
    }
    if (verb === 'set' && words.length === 2 && isNumbers(1)) {
      this.patience = { ...this.patience, [words[0] as string]: Number(words[1]) };
      return this.#send(backend.commandComplete('SET'));
    }
    if (verb === 'sleep') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      throw new SqlError('57014', 'canceling statement due to user request');
    }
    if (verb === 'fatal') throw new SqlError('58000', 'it is over', { isFatal: true });
    if (verb === 'bug') throw new TypeError('a bug');
    throw new SqlError('42601', `syntax error at or near "${verb}"`);
  }

  async #answer(values: readonly string[], isSimple: boolean): Promise<void> {
    const row = backend.dataRow(values.map((it) => Buffer.from(it)));
    const columns = values.map((_, index) => ({
      name: `c${index}`,
      tableOid: 0,
      column: 0,
      typeOid: 25,
      typeSize: -1,
      typeModifier: -1,
      format: 0,
    }));
    const head = isSimple ? [backend.rowDescription(columns)] : [];
    await this.#send(joined([...head, row, backend.commandComplete('SELECT 1')]));
  }

  async #rows(count: number, bytes: number): Promise<void> {
    const row = backend.dataRow([Buffer.alloc(bytes, 'x')]);
    for (let sent = 0; sent < count && !this.#isOver; sent++) await this.#send(row);
    await this.#send(backend.commandComplete(`SELECT ${count}`));
  }

  async #tell(frame: Uint8Array): Promise<void> {
    if (!this.#isSkipping) await this.#send(frame);
  }

  async #send(frames: Uint8Array): Promise<void> {
    if (!this.#isOver) await this.#parts.send(frames);
  }
}
