import { liveMachine } from '../kernel/machine.ts';
import { loadKoffi } from '../kernel/native/koffi.ts';
import { readSight, type Sight } from '../kernel/sight.ts';
import { COVERAGE_REASONS, HARMLESS_REASONS } from '../model/coverage.ts';
import { PlumblineError } from '../model/errors.ts';
import { REMEDIES, REMEDY_OF } from '../model/remedies.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type ObserveOptions, observe } from '../observe.ts';
import { type Finding, fine } from './finding.ts';
import { examineIterator } from './iterator.ts';
import { examinePanes, examineTyping } from './panes.ts';
import { examineRegistry, type RegistryToExamine } from './registry.ts';
import { examineNetworks, examineOpenFiles } from './relations.ts';
import { examineSource } from './source.ts';
import { examineSql } from './sql.ts';

/** The findings that say how much can be seen, by their names. */
export const ABOUT_SIGHT: ReadonlySet<string> = new Set([
  'rights',
  'procfs',
  'namespace',
  'list',
  'coverage',
  'kernel text',
]);

/** What to examine. */
export interface DoctorOptions extends Omit<ObserveOptions, 'explain'>, RegistryToExamine {
  /** The version of Node, for people. */
  readonly nodeVersion: string;
}

/**
 * Examines what plumbline can and cannot see and do here: each thing fine, or what is lost and what mends it.
 * Needs: nothing; that too little may be seen is what it says
 * @throws {PlumblineError} what `observe` throws
 */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const machine = options.machine ?? liveMachine();
  const sight = readSight(machine.procfs);
  const snapshot = await observe({ ...options, machine, proveAbsence: false });
  return [
    kernel(sight, options.nodeVersion),
    rights(sight),
    mountOfProc(sight),
    wholeMachine(sight),
    count(sight, snapshot),
    ...gaps(snapshot),
    understood(snapshot),
    homes(snapshot, options),
    hostId(snapshot),
    await systemCalls(),
    await examineSql(),
    ...(machine.isLive ? [examineOpenFiles(machine), await examineNetworks(machine)] : []),
    ...(await examineIterator(machine)),
    examineSource(snapshot),
    ...(await examinePanes(machine)),
    examineTyping(machine, sight.mayReadOthers ?? false),
    await examineRegistry(options, snapshot.host),
  ];
}

function kernel({ kernelRelease }: Sight, nodeVersion: string): Finding {
  const found = `Linux ${kernelRelease ?? 'of an unknown version'}, Node ${nodeVersion}`;
  if (kernelRelease === null) return { ...fine('kernel', found), state: 'lost', lost: 'whether it is new enough' };
  return fine('kernel', found);
}

function rights({ mayReadOthers }: Sight): Finding {
  if (mayReadOthers === null) {
    return {
      what: 'rights',
      state: 'lost',
      found: '/proc/self/status may not be read',
      lost: 'whether the processes of all users may be read',
      mend: 'mount -t proc proc /proc',
    };
  }
  if (mayReadOthers) return fine('rights', 'CAP_SYS_PTRACE: the processes of all users may be read');
  return {
    what: 'rights',
    state: 'lost',
    found: 'no CAP_SYS_PTRACE',
    lost: "other users' working directories and programs: their homes are unknown, not empty",
    mend: 'run plumb as root: sudo plumb doctor',
  };
}

function mountOfProc({ hiding }: Sight): Finding {
  if (hiding.length === 0) return fine('procfs', 'hides nothing');
  return {
    what: 'procfs',
    state: 'lost',
    found: `mounted with ${hiding.join(', ')}`,
    lost: hiding.includes('subset=pid') ? 'the count of all processes, boot id and uptime' : "other users' processes",
    mend: hiding.includes('subset=pid') ? 'mount -t proc proc /proc' : 'mount -o remount,hidepid=0 /proc, or be root',
  };
}

function wholeMachine({ isWholeMachine }: Sight): Finding {
  if (isWholeMachine) return fine('namespace', "the machine's own: all of its processes are within sight");
  return {
    what: 'namespace',
    state: 'lost',
    found: 'a pid namespace of its own, as in a container',
    lost: 'whatever runs outside of it: no absence can be proven',
    mend: 'run plumb on the host',
  };
}

function count({ listed, counted }: Sight, { coverage }: Snapshot): Finding {
  const found = `${listed ?? 'no'} processes listed, ${counted ?? 'nobody knows how many'} counted by the kernel`;
  if (!coverage.reasons.some(({ code }) => code === 'hidden' || code === 'uncountable')) return fine('list', found);
  return {
    what: 'list',
    state: 'lost',
    found,
    lost: 'the processes that are not listed',
    mend: 'run plumb as root, on the host',
  };
}

/** What a look missed that the checks above do not tell already. */
function gaps({ coverage }: Snapshot): Finding[] {
  const told = new Set(['hidden', 'uncountable', 'pid_namespace', 'malformed']);
  return coverage.reasons
    .filter(({ code }) => !told.has(code) && !HARMLESS_REASONS.has(code))
    .map(({ code, count: many, pids }) => ({
      what: 'coverage',
      state: 'lost' as const,
      found: `${code}: ${many}${pids.length > 0 ? ` (${pids.slice(0, 8).join(', ')}${pids.length > 8 ? ' …' : ''})` : ''}`,
      lost: COVERAGE_REASONS[code],
      mend: REMEDIES[REMEDY_OF[code]],
    }));
}

function understood({ coverage }: Snapshot): Finding {
  const [first] = coverage.damage;
  if (first === undefined) return fine('kernel text', 'every file was understood');
  return {
    what: 'kernel text',
    state: 'lost',
    found: `${coverage.damage.length} kinds of damage, first ${first}`,
    lost: 'what these files would have said',
    mend: 'plumb record DIR keeps what was read: please report it',
  };
}

function homes(
  { homes: reports, unmatchedPatterns }: Snapshot,
  { homes: specs = [], commands = null }: DoctorOptions,
): Finding {
  if (specs.length === 0) {
    return {
      what: 'homes',
      state: 'lost',
      found: 'none are configured',
      lost: 'names: every terminal is listed under a label; no rows',
      mend: 'homes = ["/srv/agents/*"] in a configuration file, or --home \'/srv/agents/*\'',
    };
  }
  const unseen = reports.filter(({ id, verdict }) => id === null && verdict === 'unknown').map(({ path }) => path.text);
  const missing = [...unmatchedPatterns, ...unseen];
  if (missing.length > 0) {
    const mend = 'check the paths, and the right to look at them';
    return {
      what: 'homes',
      state: 'lost',
      found: `nothing at ${missing.join(', ')}`,
      lost: 'the sessions there',
      mend,
    };
  }
  if (commands === null) {
    const mend = 'commands = ["claude"] in the configuration, or --command claude';
    return {
      what: 'homes',
      state: 'lost',
      found: `${reports.length} homes, no commands`,
      lost: 'rows: what is a session is not said',
      mend,
    };
  }
  return fine('homes', `${reports.length} homes; sessions run ${commands.join(', ')}`);
}

function hostId({ host }: Snapshot): Finding {
  if (host.id !== null) return fine('host id', host.id);
  const mend = '[host] id = "…" in the configuration, or systemd-machine-id-setup';
  return { what: 'host id', state: 'lost', found: 'no machine-id', lost: 'rows: they need to say which machine', mend };
}

async function systemCalls(): Promise<Finding> {
  try {
    await loadKoffi();
    return fine('koffi', 'loads: system calls that Node lacks can be made');
  } catch (error) {
    const [found, mend] = error instanceof PlumblineError ? [error.message, error.hint] : [String(error), ''];
    return {
      what: 'koffi',
      state: 'lost',
      found,
      lost: 'the embedded registry, whose lock needs it, what a watch tells systemd, and who connects to plumb serve',
      mend,
    };
  }
}
