import fs from 'node:fs';
import type { Ran } from '../makers/child-output.ts';
import { processTable } from '../makers/process-table.ts';
import { waitFor } from '../makers/wait-for.ts';
import type { Fleet } from './plumb.ts';

interface Fact {
  readonly fact: string;
  readonly source: string;
  readonly value: string;
  readonly check: string | null;
}

/** What `plumb why -o json` tells, as far as the tests look. */
export interface ToldWhy {
  readonly verdict: string;
  readonly answer: string;
  readonly sessions: readonly { readonly name: string }[];
  readonly evidence: readonly Fact[];
  readonly processes: readonly {
    readonly pid: number;
    readonly roles: readonly { readonly role: string }[];
    readonly session: string | null;
    readonly joined_by: string | null;
    readonly evidence: readonly Fact[];
  }[];
}

/** Runs `plumb why` on the sessions of a fleet. */
export class WhyAsked {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  once(words: readonly string[]): Promise<Ran> {
    return this.#fleet.plumb(['why', ...words, ...this.#fleet.flags]);
  }

  /** Where processes come and go faster than they can be looked at, nothing can be proven: then once more. */
  proven(words: readonly string[]): Promise<Ran> {
    return waitFor('a look that nothing disturbs', async () => {
      const ran = await this.once(words);
      return ran.code === 3 && /churn|unstable|hidden/.test(ran.stdout) ? null : ran;
    });
  }

  async told(words: readonly string[]): Promise<ToldWhy & { readonly code: number | null }> {
    const { stdout, stderr, code } = await this.proven([...words, '-o', 'json']);
    if (stdout === '') throw new Error(`plumb why ${words.join(' ')} ended with ${code}: ${stderr}`);
    return { ...(JSON.parse(stdout) as { why: ToldWhy }).why, code };
  }
}

/** A session that runs a script: a shell under the session's name, which waits for what it has started. */
export function startScriptIn(fleet: Fleet, home: string, script: string): Promise<number> {
  const program = fleet.path('scripts', fleet.command);
  fs.mkdirSync(fleet.path('scripts'), { recursive: true });
  if (!fs.existsSync(program)) fs.copyFileSync('/bin/bash', program);
  return fleet.start(home, program, ['--norc', '-c', `${script}\nwait`]);
}

/** Waits for a child of that name. */
export function childOf(pid: number, comm: string): Promise<number> {
  return waitFor(`${comm} below ${pid}`, () => processTable().find((it) => it.ppid === pid && it.comm === comm)?.pid);
}
