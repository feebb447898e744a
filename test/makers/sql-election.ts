import { electionSql } from '../../src/fdw/bpf/kernel.ts';
import { sourcesOf } from '../../src/fdw/bpf/sources.ts';
import { ARGUMENTS, TASKS, type TextColumn } from '../../src/fdw/bpf/text-form.ts';
import { namesOf } from '../../src/fdw/names.ts';
import { commandRule, INTERPRETER_THREAD } from '../../src/identity/commands.ts';
import { HomeIndex } from '../../src/identity/home-of.ts';
import { type HomesLook, identifyHomes } from '../../src/identity/homes.ts';
import { isInterpreter } from '../../src/identity/interpreter.ts';
import type { Home } from '../../src/model/home.ts';
import { isLive, type ProcessFacts, type ProcessStat } from '../../src/model/process.ts';
import { basename, fromUtf8, toText } from '../../src/model/text.ts';
import { quoteLiteral } from '../../src/registry/identifiers.ts';
import homesSql from '../../src/registry/sql/0004_homes.sql';
import { storedText } from '../../src/registry/stored-text.ts';
import { type LineOptions, PID_NAMESPACE, type TaskLines, taskLines } from './task-lines.ts';

const BOOT = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const GENERATION = 7;

/** A machine as both ways of telling see it. */
export interface Scene {
  readonly stats: ReadonlyMap<number, ProcessStat>;
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  readonly homes: readonly Home[];
  readonly commands: readonly string[] | null;
  readonly terminalOptional: boolean;
  /** The base names in /etc/shells. */
  readonly shells: readonly string[];
}

/** What is said of a home: `ada alive 110 pts/0`. */
export type Told = readonly string[];

/** The SQL that makes a database in which ordinary tables stand for the files of the kernel. */
export function electionSchema(): string {
  const names = namesOf('kernel');
  const tables = sourcesOf('/nowhere').map(({ name, columns }) => {
    return `create table ${names.within(name)} (${columns.map(([column, type]) => `${column} ${type}`).join(', ')});`;
  });
  const plan = { names, hostId: 'here', pidNamespace: BigInt(PID_NAMESPACE) };
  return [
    'create schema plumbline; create schema kernel; create schema kernel_hosts;',
    homesSql,
    ...tables,
    ...electionSql(plan, { relations: [] }).statements,
    `insert into ${names.within('tty_drivers')} values ('unknown              /dev/tty        4 1-63 console');`,
  ].join('\n');
}

/** What TypeScript says: `identifyHomes`, where no plumb asks and no row is known. */
export function toldByTypeScript(scene: Scene): Told {
  const look: HomesLook = {
    ...scene,
    facts: new Map([...scene.facts].map(([pid, it]) => [pid, { ...it, groupLeader: leaderOf(it, scene.stats) }])),
    homes: new HomeIndex(scene.homes),
    commands: commandRule(scene.commands?.map(fromUtf8) ?? null, () => new Set(scene.shells)),
    own: new Set(),
    bootId: BOOT,
    bootedAt: new Date(0),
    absentHomes: [],
    hidesHomes: false,
    patterns: [],
    coverage: { complete: true, reasons: [], damage: [], source: 'procfs' },
    explained: true,
    incumbents: new Map(),
  };
  const tell = ({ name, verdict, session }: ReturnType<typeof identifyHomes>[number]) => {
    const owner =
      session?.pid == null
        ? []
        : [session.pid, session.terminal?.name ?? '-', session.command && storedText(session.command)];
    return [storedText(name), verdict, ...owner].join(' ');
  };
  return identifyHomes(look).map(tell).sort();
}

function leaderOf({ stat }: ProcessFacts, stats: ReadonlyMap<number, ProcessStat>): ProcessFacts['groupLeader'] {
  const leader = stats.get(stat.pgid);
  if (leader) return isLive(leader) ? 'present' : 'gone';
  return stat.pgid > 1 ? 'gone' : 'unknown';
}

/** The SQL that puts a scene into the tables: one script, and the lines that are copied. */
export function sceneSql({ homes, commands, terminalOptional, shells }: Scene): string {
  const words = (all: readonly string[]) => `array[${all.map(quoteLiteral).join(', ')}]::text[]`;
  const rows = homes.map(({ name, path, dev, ino }) => {
    const level = dev.toString(16).padStart(8, '0') + ino.toString(16).padStart(16, '0');
    const texts = [storedText(toText(name)), storedText(toText(path)), level].map(quoteLiteral);
    return `('here', ${texts.join(', ')}, ${GENERATION}, '${BOOT}')`;
  });
  return [
    'truncate plumbline.homes, plumbline.home_rules, kernel_hosts.boot;',
    `insert into kernel_hosts.boot values ('${BOOT}');`,
    `insert into plumbline.home_rules values ('here', ${commands === null ? 'null' : words(commands)}, ${words(shells)}, '${terminalOptional ? 'optional' : 'required'}');`,
    ...(rows.length === 0
      ? []
      : [`insert into plumbline.homes (host_id, name, path, level, generation, boot_id) values ${rows.join(', ')};`]),
  ].join('\n');
}

/** The text that the kernel would write of a scene. */
export function linesOf({ stats, facts }: Scene, options: LineOptions = {}): TaskLines {
  return taskLines(stats.values(), facts, { generation: GENERATION, ...options });
}

/** The lines as a statement without COPY, for a Postgres that has no files. */
export function insertSql({ tasks, arguments: lines }: TaskLines): string {
  const names = namesOf('kernel');
  const statement = (name: 'tasks' | 'arguments', columns: readonly TextColumn[], text: string) => {
    const values = columns.map(([, type], place) => `v[${place + 1}]::${type}`);
    return `truncate ${names.within(name)}; insert into ${names.within(name)} select ${values.join(', ')}
      from unnest(string_to_array(${quoteLiteral(text)}, chr(10))) line, lateral (select string_to_array(line, chr(9), '') as v) it;`;
  };
  return `${statement('tasks', TASKS, tasks)}\n${statement('arguments', ARGUMENTS, lines)}`;
}

/** What SQL says, as `toldByTypeScript` does. */
export const TOLD_SQL = `select concat_ws(' ', name, verdict, pid, case when pid is not null then coalesce(terminal, '-') end, command) as told
  from kernel_hosts.homes_seen() order by 1`;

/**
 * The same machine, where whoever has no terminal is called as his program file, unless an interpreter: nobody tells his command line.
 */
export function withoutUntold(scene: Scene): Scene {
  const facts = [...scene.facts].map(([pid, it]) => {
    const names = it.exe.kind === 'value' ? [basename(it.exe.value.path), it.stat.comm] : [it.stat.comm];
    const isTold = it.stat.ttyNr !== 0 || names.some((name) => name === INTERPRETER_THREAD || isInterpreter(name));
    return [
      pid,
      isTold || it.argv.kind !== 'value' ? it : { ...it, argv: { kind: 'value' as const, value: names.slice(0, 1) } },
    ] as const;
  });
  return { ...scene, facts: new Map(facts) };
}
