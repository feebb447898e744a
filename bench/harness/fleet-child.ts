// A process that is many hosts: each has a connection of its own, looks every interval and after each change.
import proc from 'node:process';
import { Registry } from '../../src/registry/registry.ts';
import { PreparedMachine } from './prepared.ts';
import { passOwn } from './prepared-pass.ts';
import { connect } from './server.ts';

/** What the parent asks: hosts that are there from now on, or to let all of them run for a while. */
export type FleetOrder =
  | {
      readonly kind: 'add';
      readonly url: string;
      readonly from: number;
      readonly to: number;
      readonly sessions: number;
    }
  | { readonly kind: 'run'; readonly ms: number; readonly intervalMs: number; readonly changesAMinute: number };

/** What came of it. */
export interface FleetAnswer {
  /** From each change of the simulated kernel to its row being committed. */
  readonly latenciesMs: readonly number[];
  readonly passes: number;
  readonly cpuSeconds: number;
  readonly error: string | null;
}

class SimulatedHost {
  readonly #id: string;
  readonly #registry: Registry;
  readonly #machine: PreparedMachine;

  constructor(id: string, registry: Registry, machine: PreparedMachine) {
    this.#id = id;
    this.#registry = registry;
    this.#machine = machine;
  }

  /** Looks at random phases, changes at random times (a Poisson process), until it is over. */
  async run(order: FleetOrder & { kind: 'run' }, report: { latenciesMs: number[]; passes: number }): Promise<void> {
    const end = performance.now() + order.ms;
    const untilChange = () => (-Math.log(1 - Math.random()) * 60_000) / order.changesAMinute;
    let lookAt = performance.now() + Math.random() * order.intervalMs;
    let changeAt = performance.now() + untilChange();
    for (;;) {
      const next = Math.min(lookAt, changeAt);
      if (next >= end) return;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      const changes: number[] = [];
      for (; changeAt <= performance.now(); changeAt += untilChange()) {
        this.#machine.restart(Math.floor(Math.random() * this.#machine.sessions));
        changes.push(changeAt);
      }
      lookAt = performance.now() + order.intervalMs;
      await passOwn(this.#registry, this.#machine, this.#id);
      report.passes++;
      for (const change of changes) report.latenciesMs.push(performance.now() - change);
    }
  }
}

const hosts: SimulatedHost[] = [];
let template: PreparedMachine | null = null;

async function add({ url, from, to, sessions }: FleetOrder & { kind: 'add' }): Promise<void> {
  template ??= new PreparedMachine(sessions);
  for (let index = from; index < to; index++) {
    const machine = template.twin();
    // The rows are there already.
    (await machine.look('')).written();
    hosts.push(new SimulatedHost(`host-${index}`, new Registry(await connect(url)), machine));
  }
}

async function obey(order: FleetOrder): Promise<FleetAnswer> {
  const report = { latenciesMs: [] as number[], passes: 0 };
  const before = proc.cpuUsage();
  let error: string | null = null;
  try {
    if (order.kind === 'add') await add(order);
    else await Promise.all(hosts.map((host) => host.run(order, report)));
  } catch (thrown) {
    error = String(thrown);
  }
  const { user, system } = proc.cpuUsage(before);
  return { ...report, cpuSeconds: (user + system) / 1e6, error };
}

proc.on('message', (order: FleetOrder) => {
  obey(order).then((answer) => proc.send?.(answer));
});
// The connections end with us.
proc.on('disconnect', () => proc.exit());
