import { backend } from '../protocol/backend.ts';
import type { TableNeeds } from '../tables/live-table.ts';
import { EngineRuns } from './engine-runs.ts';
import { HeldMemory } from './held-memory.ts';
import { Outbox } from './outbox.ts';
import { Portals } from './portals.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { ReportedSettings } from './reported-settings.ts';
import type { SessionOptions } from './session.ts';
import { Settings } from './settings.ts';
import { Transaction } from './transaction.ts';

/** With these `client_min_messages` no warnings are told. */
const SILENT = ['error', 'fatal', 'panic'];

/** Everything that one client has here. */
export class Client {
  readonly options: SessionOptions;
  readonly out: Outbox;
  readonly memory: HeldMemory;
  readonly settings: Settings;
  readonly reported: ReportedSettings;
  readonly runs: EngineRuns;
  readonly prepared: PreparedStatements;
  readonly portals: Portals;
  /** The one that is open; null between them. */
  transaction: Transaction | null = null;
  #charged = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.out = new Outbox(options.send);
    this.memory = new HeldMemory(options.limits.heldBytes, options.memory);
    this.settings = new Settings(() => this.runs.forget());
    this.reported = new ReportedSettings(this.settings);
    this.runs = new EngineRuns(options, this.settings);
    this.prepared = new PreparedStatements(this.memory);
    this.portals = new Portals(this.memory);
  }

  get status(): 'I' | 'T' | 'E' {
    if (this.transaction?.isBlock !== true) return 'I';
    return this.transaction.isFailed ? 'E' : 'T';
  }

  /**
   * Keeps something up to the end of the transaction.
   * @throws {SqlError} `53200` where it is more than this client may have
   */
  charge(bytes: number): void {
    this.memory.take(bytes);
    this.#charged += bytes;
  }

  /**
   * The open transaction; one begins where there is none.
   * @param chained the isolation that such a one takes over
   */
  inTransaction(chained: string | null = null): Transaction {
    this.transaction ??= new Transaction(this.settings.state, chained);
    return this.transaction;
  }

  /** What the live tables hold, of the transaction's look at the machine. */
  look(needs: TableNeeds): Promise<ReadonlyMap<string, Uint8Array>> {
    const transaction = this.inTransaction();
    return this.runs.look(needs, (it) => transaction.read(this.options.snapshots, it));
  }

  /** Tells what is odd in what the client asks, and is done nevertheless. */
  async warn(sqlState: string, message: string): Promise<void> {
    if (SILENT.includes(this.settings.get('client_min_messages') ?? '')) return;
    await this.out.put([backend.noticeResponse({ severity: 'WARNING', sqlState, message })]);
  }

  /** A statement has failed: so has its block, or it takes all with it that was done since the last end. */
  fail(): void {
    const { transaction } = this;
    if (transaction === null) return;
    if (!transaction.isBlock) this.rollBack();
    else {
      this.settings.restore(transaction.settingsBefore);
      transaction.fail();
    }
  }

  /** What was done has not been. */
  rollBack(): void {
    if (this.transaction !== null) this.settings.restore(this.transaction.settings);
    this.#end();
  }

  /** What was done stays. Only what happens before, to keep rows of cursors, can fail. */
  commit(): void {
    for (const portal of this.portals.toPersist) portal.isPersistent = true;
    this.settings.commit();
    this.#end();
  }

  #end(): void {
    this.portals.endTransaction();
    this.memory.giveBack(this.#charged);
    this.#charged = 0;
    this.transaction = null;
  }
}
