import type { Act } from './act.ts';
import type { Log } from './logs.ts';
import { mark, marksIn } from './texts.ts';

/** What was found of the lines. */
export interface LineFindings {
  /** What must not be. */
  readonly violations: readonly string[];
  /** An Enter without its text, by who has read it: told of as uncertain. */
  readonly loneEnters: ReadonlyMap<string, number>;
  /** Texts without their Enter in another program than the session, by who has read them. */
  readonly loneTexts: ReadonlyMap<string, number>;
}

/** Judges by what was read alone: every byte in every log must be of an act that says so. */
export function judgeLines(acts: readonly Act[], logs: readonly Log[]): LineFindings {
  const judge = new LineJudge(acts);
  for (const log of logs) judge.read(log);
  return judge.findings();
}

class LineJudge {
  readonly #acts: ReadonlyMap<number, Act>;
  readonly #hits = new Map<number, string[]>();
  /** Lines of one letter, which have no mark, by `incarnation letter`. */
  readonly #letters = new Map<string, number>();
  readonly #violations: string[] = [];
  readonly #loneEnters = new Map<string, number>();
  readonly #loneTexts = new Map<string, number>();

  constructor(acts: readonly Act[]) {
    this.#acts = new Map(acts.filter(({ kind }) => kind === 'nudge').map((act) => [act.id, act]));
  }

  read(log: Log): void {
    for (const line of log.lines) this.#line(log, line);
    for (const id of new Set(marksIn(log.rest))) this.#fragment(log, id);
  }

  #line(log: Log, line: string): void {
    const ids = marksIn(line);
    const last = ids.at(-1);
    if (line === '') this.#loneEnter(log);
    else if (last === undefined) this.#letter(log, line);
    else this.#marked(log, line, { ids, last });
  }

  #marked(log: Log, line: string, { ids, last }: { readonly ids: readonly number[]; readonly last: number }): void {
    const act = this.#acts.get(last);
    const isWhole = act !== undefined && line.endsWith(act.typed);
    for (const id of new Set(isWhole ? marksIn(line.slice(0, -act.typed.length)) : ids)) this.#fragment(log, id);
    if (!isOwn(log, act)) this.#say(`completed elsewhere: ${show(line)}`, log, act);
    if (!isWhole) {
      // A letter behind what an uncertain one has left.
      this.#countLetter(log, line);
      return;
    }
    if (act.outcome !== 'delivered' && act.reason !== 'text_and_enter') this.#say('completed, and not told', log, act);
    this.#hits.set(last, [...(this.#hits.get(last) ?? []), `${log.reader} ${log.incarnation}`]);
  }

  /** A text, or a part of one, that no Enter of its own has completed. */
  #fragment(log: Log, id: number): void {
    const act = this.#acts.get(id);
    if (act?.outcome !== 'uncertain') this.#say('typed without Enter, and not told', log, act);
    else if (act.name !== log.slot) this.#say('typed into another terminal', log, act);
    else if (!isOwn(log, act)) add(this.#loneTexts, log.reader);
  }

  #loneEnter(log: Log): void {
    const isTold = [...this.#acts.values()].some((act) => act.name === log.slot && act.reason === 'text_and_enter');
    if (!isTold) this.#say('an Enter that nobody tells of', log);
    add(this.#loneEnters, log.reader);
  }

  #letter(log: Log, line: string): void {
    for (const letter of line) {
      const act = [...this.#acts.values()].find((it) => it.typed === letter && isOwn(log, it));
      if (!act) this.#say(`completed elsewhere: ${show(line)}`, log);
    }
    this.#countLetter(log, line);
  }

  #countLetter({ incarnation }: Log, line: string): void {
    const key = `${incarnation} ${line.at(-1)}`;
    this.#letters.set(key, (this.#letters.get(key) ?? 0) + 1);
  }

  findings(): LineFindings {
    for (const act of this.#acts.values()) {
      const hits = this.#hits.get(act.id) ?? [];
      if (!act.typed.includes(mark(act.id))) continue;
      const isRight = act.outcome === 'delivered' ? hits.length === 1 : hits.length <= 1;
      if (!isRight) this.#say(`${hits.length} times in ${hits.join(', ')}`, null, act);
    }
    const letters = [...this.#acts.values()].filter((it) => it.outcome === 'delivered' && it.typed.length === 1);
    for (const act of letters) {
      const key = `${act.incarnation} ${act.typed}`;
      if (act.incarnation !== null && !this.#letters.has(key)) this.#say('a letter that did not arrive', null, act);
    }
    return { violations: this.#violations, loneEnters: this.#loneEnters, loneTexts: this.#loneTexts };
  }

  #say(what: string, log: Log | null, act?: Act): void {
    const read = log ? `, which has read ${show([...log.lines.slice(-6), log.rest].join('\r'))}` : '';
    const where = log ? ` in ${log.reader} ${log.incarnation} of ${log.slot}${read}` : '';
    this.#violations.push(`${what}${where}${act ? `: ${describeAct(act)}` : ''}`);
  }
}

/** Whether a log is of the very incarnation that an act has named; the command names a session only. */
function isOwn(log: Log, act: Act | undefined): boolean {
  if (act === undefined || log.reader !== 'session' || log.slot !== act.name) return false;
  return act.incarnation === null || act.incarnation === log.incarnation;
}

/** An act in one line. */
export function describeAct({ id, by, kind, name, incarnation, way, typed, outcome, reason, message }: Act): string {
  const what = kind === 'nudge' ? `nudge of ${typed.length} bytes by ${way}` : `signal to ${way}`;
  return `act ${id} (${by}): ${what} to ${name} ${incarnation ?? ''}: ${outcome} ${reason}: ${message}`;
}

function show(line: string): string {
  return JSON.stringify(line.length > 120 ? `${line.slice(0, 60)}…${line.slice(-60)}` : line);
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
