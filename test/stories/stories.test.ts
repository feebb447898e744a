import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { Incumbent, IncumbentReport } from '../../src/model/incumbent.ts';
import type { Session } from '../../src/model/session.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { observe } from '../../src/observe.ts';
import { parseStory, type Story, type StoryRow } from './story.ts';
import { BOOT_ID, fileOf, sceneOf } from './story-scene.ts';

const DIRECTORY = path.join(import.meta.dirname, '../fixtures/stories');

describe('observe() tells the story', () => {
  const files = fs.readdirSync(DIRECTORY).filter((file) => file.endsWith('.txt'));
  it.each(files)('%s', async (file) => {
    const place = path.join(DIRECTORY, file);
    const text = fs.readFileSync(place, 'utf8');
    const story = parseStory(text);
    const told = tell(await look(story, true));
    if (globalThis.process.env['UPDATE_STORIES'])
      fs.writeFileSync(place, text.replace(/^expect\n[\s\S]*/m, `expect\n${told}\n`));
    else expect(told).toBe(story.expected);
  });

  it.each(files)('%s: the short look names no other sessions than the explaining one', async (file) => {
    const story = parseStory(fs.readFileSync(path.join(DIRECTORY, file), 'utf8'));
    const [short, long] = [await look(story, false), await look(story, true)];
    const owners = ({ sessions }: Snapshot) => sessions.map((it) => [it.name.text, it.verdict, it.pid]);
    // Without a terminal and under another name than its command's, a process is read by the explaining one only.
    const detached = long.sessions.filter(
      (it) => it.detached && !owners(short).some(([name]) => name === it.name.text),
    );
    const seen = long.sessions.filter((it) => !detached.includes(it));
    expect(owners(short)).toEqual(owners({ ...long, sessions: seen }));
  });
});

function look(story: Story, explain: boolean): Promise<Snapshot> {
  const starts = new Map(story.processes.map((it) => [it.pid, BigInt(it.fields.get('start') ?? it.pid * 10)]));
  return observe({
    homes: story.homes,
    commands: story.commands,
    terminal: story.terminal,
    explain,
    incumbents: new Map(story.rows.map((row) => [row.name, incumbentOf(row, starts)])),
    machine: replayMachine(sceneOf(story)),
  });
}

function incumbentOf({ pid, fields }: StoryRow, starts: ReadonlyMap<number, bigint>): Incumbent {
  const [start, exe] = [fields.get('start'), fields.get('exe')];
  const [written, pidNamespace, timeNamespace] = ['written', 'pidns', 'timens'].map((field) => fields.get(field));
  return {
    bootId: fields.has('boot') ? '00000000-0000-4000-8000-000000000000' : BOOT_ID,
    pid,
    startTimeTicks: start === undefined ? (starts.get(pid) ?? 0n) : BigInt(start),
    ...(exe !== undefined && { exe: fileOf(exe) }),
    ...(written !== undefined && { observedAt: new Date(written) }),
    ...(pidNamespace !== undefined && { pidNamespace: BigInt(pidNamespace) }),
    ...(timeNamespace !== undefined && { timeNamespace: BigInt(timeNamespace) }),
  };
}

function tell(snapshot: Snapshot): string {
  const lines = snapshot.homes.map((home) => {
    const session = home.session ? tellSession(home.session) : home.verdict;
    const others = home.bystanders.map((it) => `  ${it.role} ${it.pid} ${it.command.text}: ${it.reason}`);
    const claims = home.verdict === 'ambiguous' ? home.session?.claimants : [];
    const claimants = (claims ?? []).map((it) => `  claimant ${it.pid} ${it.command.text}: ${it.reason}`);
    return [`${home.name.text}: ${session}: ${home.reason}`, ...claimants, ...others].join('\n');
  });
  lines.push(...snapshot.incumbents.map(tellIncumbent));
  if (snapshot.homes.length === 0) lines.push(...snapshot.sessions.map((it) => `${it.name.text}: ${tellSession(it)}`));
  const { complete, reasons } = snapshot.coverage;
  const gaps = reasons.map(({ code, count, pids }) => `${code} ${count}${pids.length ? ` (${pids.join(' ')})` : ''}`);
  return [...lines, `coverage: ${[complete ? 'complete' : 'incomplete', ...gaps].join(', ')}`].join('\n');
}

function tellIncumbent({ name, verdict, ending, place, reason, evidence }: IncumbentReport): string {
  const proof = verdict === 'dead' ? evidence.map(({ source, value }) => `\n  ${source}: ${value}`) : [];
  return `row ${name}: ${verdict}${ending ? ` (${ending})` : ''}${place ? ` at ${place}` : ''}: ${reason}${proof.join('')}`;
}

function tellSession(session: Session): string {
  if (session.pid === null) return session.verdict;
  const where = session.detached ? 'detached' : `${session.terminal?.name}${session.foreground ? ' in front' : ''}`;
  return `${session.verdict} ${session.pid} ${session.command?.text} ${where}`;
}
