import path from 'node:path';
import { type Installation, installIterators } from '../../kernel/bpf/install.ts';
import { groupOf, PINS_DIRECTORY } from '../../kernel/bpf/pins.ts';
import { removeIterators } from '../../kernel/bpf/remove.ts';
import { readRequirements } from '../../kernel/bpf/requirements.ts';
import { readPins } from '../../kernel/bpf/status.ts';
import { liveMachine } from '../../kernel/machine.ts';
import { loadGroups } from '../../kernel/native/group-ids.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { InstalledPin, PinStatus, Requirement } from '../../model/iterator.ts';
import { isRefusal } from '../../model/refusal.ts';
import { INSTALLED_PINS, PINS, REQUIREMENTS } from '../../relations/bpf.ts';
import { toWire } from '../../relations/wire.ts';
import { type Call, formatOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refused } from '../refused.ts';
import { escapeMessage } from '../render/escape.ts';
import { renderTable } from '../render/table.ts';

/** The options of `plumb bpf`, as commander gives them. */
export interface BpfFlags {
  readonly group?: string;
  readonly directory?: string;
}

const GROUP = 'plumbline';

/** `plumb bpf install`, `status` and `remove`. */
export async function bpf(call: Call, action: string, flags: BpfFlags): Promise<ExitCode> {
  const directory = path.resolve(flags.directory ?? PINS_DIRECTORY);
  if (action === 'install') return install(call, directory, flags.group ?? GROUP);
  if (flags.group !== undefined) {
    throw new PlumblineError('usage', '--group belongs to plumb bpf install', { hint: `plumb bpf ${action}` });
  }
  return action === 'remove' ? remove(call, directory) : status(call, directory);
}

async function install(call: Call, directory: string, group: string): Promise<ExitCode> {
  const { output } = call;
  const id = await groupId(group);
  const installed = await installIterators({ machine: liveMachine(), directory, group: id });
  if (isRefusal(installed)) return refused(output, installed);
  if (formatOf(call) === 'json') {
    const { outcome, isMounted, pins } = installed;
    tell(output, { outcome, directory, mounted: isMounted, pins: pins.map((it) => toWire(INSTALLED_PINS, it)) });
  } else output.data(`${headOf(installed, group)}\n${installed.pins.map(pinLine).join('')}`);
  if (!installed.isOurs) {
    output.note(`others have pinned in ${directory} too: its group and mode were left, and must let ${group} in`);
  }
  if (installed.isHidden) {
    output.note(
      `${directory} was mounted in a mount namespace of its own: who is outside of it sees no pin, and they go with it`,
    );
  }
  return EXIT.ok;
}

function headOf({ directory, isMounted, pins }: Installation, group: string): string {
  const isChanged = isMounted || pins.some(({ change }) => change !== 'kept' && change !== 'left_out');
  const where = isMounted ? `${directory}, a BPF file system that was mounted now` : directory;
  return isChanged ? `pinned in ${where}, for the group ${group}` : `${where} has it all already: nothing was changed`;
}

const CHANGES: Readonly<Record<InstalledPin['change'], string>> = {
  pinned: 'pinned',
  replaced: 'pinned, in place of another version',
  corrected: 'was there, and has its group and mode now',
  kept: 'was there',
  left_out: 'left out',
};

function pinLine({ name, change, why, reading }: InstalledPin): string {
  const gave = reading === null ? why : `${reading.rows ?? 'uncounted'} rows in ${reading.tookMs.toFixed(1)} ms`;
  return `  ${name.padEnd(14)}  ${CHANGES[change]}: ${escapeMessage(gave)}\n`;
}

/** The number of a group; a number may stand for one without a name. */
async function groupId(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const id = (await loadGroups()).idOf(group);
  if (id !== null) return id;
  throw new PlumblineError('usage', `there is no group ${group}, which is to read the pins`, {
    hint:
      group === GROUP
        ? `useradd --system --user-group --no-create-home ${GROUP} (or systemd-sysusers), or --group NAME`
        : `groupadd --system ${group}`,
  });
}

async function remove(call: Call, directory: string): Promise<ExitCode> {
  const { output } = call;
  const removal = await removeIterators(directory);
  if (isRefusal(removal)) return refused(output, removal);
  const { outcome, removed, left, isUnmounted } = removal;
  if (formatOf(call) === 'json') {
    tell(output, { outcome, directory, removed, left, unmounted: isUnmounted });
    return EXIT.ok;
  }
  if (removed.length === 0 && left.length === 0 && !isUnmounted) output.data(`nothing of plumb is in ${directory}\n`);
  else {
    const unmounted = isUnmounted ? ', and unmounted it' : '';
    output.data(`removed ${removed.length === 0 ? 'no pin' : removed.join(', ')} from ${directory}${unmounted}\n`);
  }
  for (const it of left) output.note(`left ${it.path}: ${it.why}`);
  return EXIT.ok;
}

async function status(call: Call, directory: string): Promise<ExitCode> {
  const { output } = call;
  const pins = await readPins(directory);
  const requirements = await readRequirements({ procfs: liveMachine().procfs, sys: '/sys' });
  if (formatOf(call) === 'json') {
    tell(output, {
      directory,
      pins: pins.map((it) => toWire(PINS, it)),
      requirements: requirements.map((it) => toWire(REQUIREMENTS, it)),
    });
  } else {
    output.data(`${pinTable(call, pins)}\n${requirements.map(requirementLines).join('')}`);
  }
  const [first] = pins;
  if (first?.state === 'denied') await noteGroup(output, directory);
  if (first?.state === 'usable') return EXIT.ok;
  return first?.state === 'denied' ? EXIT.blind : EXIT.no;
}

function tell(output: Call['output'], answer: object): void {
  output.data(`${JSON.stringify({ schema_version: 1, ...answer }, null, output.isTerminal ? 2 : 0)}\n`);
}

/** Who may read is no secret: the directory tells its group to everybody. */
async function noteGroup(output: Call['output'], directory: string): Promise<void> {
  const gid = groupOf(directory);
  if (gid === null) return;
  const group = (await loadGroups()).nameOf(gid) ?? `${gid}`;
  output.note(`the pins are for the group ${group}: usermod --append --groups ${group} NAME lets another user in`);
}

const HEADINGS = ['PIN', 'STATE', 'OWNER', 'GROUP', 'MODE', 'PROGRAM', 'TAG', 'ROWS', 'TOOK', 'WHY'];
const NUMBERS = new Set([5, 7, 8]);

function pinTable({ output, headings, color }: Call, pins: readonly PinStatus[]): string {
  const rows = pins.map(({ name, state, owner, program, reading, why }) => [
    name,
    state,
    owner === null ? '' : owner.uid === 0 ? 'root' : `${owner.uid}`,
    owner === null ? '' : (owner.group ?? `${owner.gid}`),
    owner?.mode ?? '',
    `${program?.id ?? ''}`,
    program?.tag ?? '',
    reading === null ? '' : `${reading.rows ?? '?'}`,
    reading === null ? '' : `${reading.tookMs.toFixed(1)} ms`,
    why === '' ? '' : escapeMessage(why),
  ]);
  const layout = { headings: headings ? HEADINGS : null, color: output.wantsColor(color), width: null };
  return renderTable(
    rows.map((row) => row.map((text) => ({ text }))),
    { ...layout, right: NUMBERS },
  );
}

function requirementLines({ what, answer, found, mend }: Requirement): string {
  const head = `${answer.padEnd(7)}  ${what.padEnd(9)}  `;
  const second = mend === '' ? '' : `${' '.repeat(head.length)}mend: ${escapeMessage(mend)}\n`;
  return `${head}${escapeMessage(found)}\n${second}`;
}
