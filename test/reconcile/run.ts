import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { observe } from '../../src/observe.ts';
import { type Change, type Plan, plan } from '../../src/registry/plan.ts';
import { incumbentsOf, type RegistryRow, type StoredHost } from '../../src/registry/row.ts';
import { inPanes } from '../stories/panes.ts';
import { BOOT_ID, sceneOf } from '../stories/story-scene.ts';
import type { Script, Step } from './script.ts';

export const HOST_ID = 'story';

/** Where a script's rows are kept: in memory, or in a database. */
export interface Shelf {
  read(): Promise<StoredHost>;
  write(plan: Plan): Promise<void>;
}

/** Runs a script, and tells what it planned and left. */
export async function runScript(script: Script, shelf: Shelf): Promise<string> {
  const told: string[] = [];
  let held: readonly Change[] = [];
  for (const [index, step] of script.steps.entries()) {
    const stored = await shelf.read();
    const snapshot = await lookAt(step, stored);
    const planned = planOf(step, snapshot, stored, held);
    if (planned instanceof PlumblineError) {
      told.push(`${index + 1}. refused: ${planned.code}: ${planned.message}`);
      continue;
    }
    held = planned.held;
    await shelf.write(planned);
    const after = await shelf.read();
    told.push(tellStep(index + 1, planned, after.rows));
  }
  return told.join('\n');
}

function planOf(
  { force, again, adopt }: Step,
  snapshot: Snapshot,
  stored: StoredHost,
  held: readonly Change[],
): Plan | PlumblineError {
  try {
    return plan(snapshot, stored, { force, provenBefore: again ? held : [], adoptHost: adopt });
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
}

/** What a look says that is asked about the rows that are stored. */
export async function lookAt(
  { story, boot, bootedAt, now, pidNamespace, panes }: Step,
  stored: StoredHost,
  hostId = HOST_ID,
): Promise<Snapshot> {
  const scene = sceneOf(story);
  scene.now = now.toISOString();
  scene.files.set('proc/sys/kernel/random/boot_id', Buffer.from(`${bootId(boot)}\n`));
  if (pidNamespace !== null) scene.links.set(`proc/${story.self}/ns/pid`, `pid:[${pidNamespace}]`);
  if (bootedAt) {
    const seconds = (now.getTime() - bootedAt.getTime()) / 1000;
    scene.files.set('proc/uptime', Buffer.from(`${seconds.toFixed(2)} 1.00\n`));
  }
  const snapshot = await observe({
    homes: story.homes,
    commands: story.commands,
    terminal: story.terminal,
    hostId,
    identifyPrograms: true,
    incumbents: incumbentsOf(stored),
    machine: replayMachine(scene),
  });
  return inPanes(snapshot, panes);
}

function bootId(boot: number): string {
  return boot === 1 ? BOOT_ID : `0000000${boot}-8b86-4d01-b42d-00cf4fc964ff`;
}

function tellStep(number: number, planned: Plan, rows: readonly RegistryRow[]): string {
  return [
    `${number}. ${planned.unchanged.length} unchanged${planned.host ? '' : ', host as it was'}`,
    ...planned.changes.map((change) => tellChange('write', change)),
    ...planned.held.map((change) => tellChange('hold', change)),
    ...planned.kept.map(({ name, reason }) => `keep ${name}: ${reason}`),
    ...planned.ambiguous.map(({ name, reason }) => `ambiguous ${name}: ${reason}`),
    ...rows.map(tellRow),
  ].join('\n');
}

function tellChange(verb: string, { name, before, fields, events }: Change): string {
  const happened = events.map(({ kind, of }) => (of.pid === null ? kind : `${kind} ${of.pid}`)).join(', ');
  return `${verb} ${name}: ${before ? fields.join(' ') : 'new'}; ${happened || 'no event'}`;
}

function tellRow(row: RegistryRow): string {
  const { name, status, pid, terminal, pane, home, command } = row;
  const parts = [
    status,
    pid ?? '-',
    command ?? '-',
    terminal ?? '-',
    home ?? '-',
    ...(pane === null ? [] : [`in ${pane}`]),
  ];
  return `  ${name}: ${parts.join(' ')}${row.evidence.length === 0 ? ' WITHOUT EVIDENCE' : ''}`;
}
