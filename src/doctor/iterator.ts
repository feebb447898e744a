import { type ComparedTasks, compareAllTasks } from '../kernel/bpf/compare-all.ts';
import { findPin, groupOf, PINS_DIRECTORY } from '../kernel/bpf/pins.ts';
import { readRequirements } from '../kernel/bpf/requirements.ts';
import { openPin } from '../kernel/bpf/task-file.ts';
import type { Machine } from '../kernel/machine.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Requirement } from '../model/iterator.ts';
import { describeMissing } from '../model/outcome.ts';
import { type Finding, fine } from './finding.ts';

const WHAT = 'iterator';
const LOST = 'speed: each look reads /proc, process by process; and plumb fdw install --via bpf';

/** Who asks need not be who installs. */
const OF_THE_CALLER: ReadonlySet<string> = new Set(['rights', 'mounting']);

/**
 * Whether the kernel tells the processes itself here, to us; and what is missing where it does not.
 * Needs: the group of the pins to find it fine
 */
export async function examineIterator({ procfs, isLive }: Machine, directory = PINS_DIRECTORY): Promise<Finding[]> {
  if (!isLive) return [];
  const found = findPin(directory, 'sessions');
  if (found.kind === 'untrusted') {
    return [lost(`${found.why}: it is not believed`, 'see whose it is: plumb bpf status; then sudo plumb bpf install')];
  }
  if (found.kind === 'denied') return [lost(found.why, memberOf(directory))];
  if (found.kind === 'absent') return [await notInstalled(procfs, directory)];
  const compared = compareAllTasks(openPin(found.path), procfs);
  if (compared.kind === 'denied') {
    return [lost(`${found.path} may not be read (${compared.errno})`, memberOf(directory))];
  }
  if (compared.kind !== 'value') {
    const mend = 'sudo plumb bpf install; please report it if that does not help';
    return [lost(`${found.path} gives no whole reading: ${describeMissing(compared)}`, mend)];
  }
  return [besideProcfs(found.path, compared.value)];
}

/** What all of it says, beside /proc. */
function besideProcfs(path: string, { rows, tookMs, differing, untold }: ComparedTasks): Finding {
  const told = `${path} tells ${rows} processes in ${tookMs.toFixed(1)} ms`;
  if (differing.length > 0) {
    const which = differing.map(({ pid, what }) => `${pid} (${what})`);
    const mend = 'please report it with this text and the version of the kernel';
    return lost(`${told}, and of ${differing.length} other things than /proc: ${named(which)}`, mend);
  }
  const rest = untold.length === 0 ? '' : `; not told, and read from /proc: ${named(untold.map(String))}`;
  return fine(WHAT, `${told}, and of each the same as /proc${rest}`);
}

/** So many are named; where there are more, they are alike. */
const MOST_NAMED = 8;

function named(all: readonly string[]): string {
  return `${all.slice(0, MOST_NAMED).join(', ')}${all.length > MOST_NAMED ? ' …' : ''}`;
}

function lost(found: string, mend: string): Finding {
  return { what: WHAT, state: 'lost', found, lost: LOST, mend };
}

function memberOf(directory: string): string {
  const gid = groupOf(directory);
  return gid === null ? 'be in the group of plumb bpf install' : `be in its group, ${gid} (plumb bpf status names it)`;
}

async function notInstalled(procfs: Machine['procfs'], directory: string): Promise<Finding> {
  const lacking = await lackingHere(procfs);
  if (lacking.length === 0) return lost(`none is pinned in ${directory}`, 'sudo plumb bpf install');
  return lost(
    `none can be pinned here: ${lacking.map(({ found }) => found).join('; ')}`,
    lacking
      .map(({ mend }) => mend)
      .filter((it) => it !== '')
      .join('; '),
  );
}

async function lackingHere(procfs: Machine['procfs']): Promise<Pick<Requirement, 'found' | 'mend'>[]> {
  try {
    const all = await readRequirements({ procfs, sys: '/sys' });
    return all.filter(({ what, answer }) => answer === 'no' && !OF_THE_CALLER.has(what));
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return [{ found: error.message, mend: error.hint }];
  }
}
