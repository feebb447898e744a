import { redactArgv } from './identity/redact.ts';
import { parseOutcome } from './kernel/attempt.ts';
import { CoverageLog } from './kernel/coverage.ts';
import { findFlocks } from './kernel/flock-holders.ts';
import { liveMachine, type Machine } from './kernel/machine.ts';
import { readMountNamespaces } from './kernel/mount-namespaces.ts';
import { cgroupLines } from './kernel/own-cgroup-path.ts';
import { parseProcCmdline } from './kernel/parse/proc-cmdline.ts';
import { parseProcLocks } from './kernel/parse/proc-locks.ts';
import { scanProcesses } from './kernel/processes.ts';
import { withProcess } from './kernel/procfs.ts';
import { recordingMachine } from './kernel/scene/recorder.ts';
import { emptyScene, type Scene } from './kernel/scene/scene.ts';
import { writeScene } from './kernel/scene/scene-files.ts';
import { value, valueOrNull } from './model/outcome.ts';
import { PF } from './model/process.ts';
import { type ObserveOptions, observe } from './observe.ts';

/** What `recordScene` wrote. */
export interface RecordedScene {
  readonly files: number;
  readonly processes: number;
}

/**
 * Writes down what the kernel answers to every question of a look, for a test or a bug report.
 * Command lines keep only what a program is recognised by, and the machine-id and the firmware's uuid are taken out; paths, program names and
 * process ids stay. No environment is ever read.
 *
 * Source: everything that `observe` reads, for every process
 * Needs:  nothing; what may not be seen is recorded as such
 * @param directory a new or empty directory
 * @throws {PlumblineError} `scene` where it cannot be written, and what `observe` throws
 */
export async function recordScene(directory: string, options: ObserveOptions = {}): Promise<RecordedScene> {
  const scene = await recordMachine(options.machine ?? liveMachine(), options);
  return { files: writeScene(directory, scene, readmeOf(scene)), processes: scene.pids.length };
}

/** The same, kept in memory. */
export async function recordMachine(machine: Machine, options: ObserveOptions = {}): Promise<Scene> {
  const scene = emptyScene(machine.now(), machine.procfs.selfPid);
  const recorder = recordingMachine(machine, scene);
  // A scene is what /proc tells.
  const asked = { ...options, machine: recorder, source: 'procfs' as const };
  await observe({ ...asked, explain: true, identifyPrograms: true });
  await observe({ ...asked, homes: [] });
  // Any other configuration must be answerable too: every process, up to the root.
  const everything = {
    *select(stats: Parameters<Parameters<typeof scanProcesses>[1]['select']>[0]) {
      for (const stat of stats.values()) if ((stat.flags & PF.KTHREAD) === 0) yield [stat.pid];
    },
    mayBeSession: () => true,
    wantsCwd: () => true,
    homes: null,
    named: new Set<number>(),
    terminalsInFull: false,
    goesOnAbove: () => false,
    isHome: () => false,
    remoteHomes: true,
    identifyPrograms: true,
    readsNamespaces: true,
    wantsStdin: () => true,
  };
  const { stats } = await scanProcesses(recorder, everything, new CoverageLog());
  readMountNamespaces(recorder.procfs, stats.values(), new CoverageLog());
  recordFlocks(recorder, scene);
  for (const pid of scene.pids) withProcess(recorder.procfs, pid, cgroupLines);
  redact(scene);
  return scene;
}

/** No file has this device, so that what each locked file is gets asked of the file itself, and stands in the scene. */
const NO_DEVICE = -1n;

/** Who has any flock(2) at all, among the processes of the scene. Of all other open files nothing is kept. */
function recordFlocks({ procfs }: Machine, scene: Scene): void {
  const table = valueOrNull(parseOutcome(procfs.read('locks'), parseProcLocks)) ?? [];
  const files = table.flatMap(({ kind, file }) =>
    kind === 'FLOCK' && file ? [{ dev: NO_DEVICE, ino: file.ino }] : [],
  );
  const { pids, staticDirectories, nlink } = scene;
  findFlocks({ ...procfs, list: () => value({ pids, staticDirectories, nlink }) }, files);
  for (const [key, names] of scene.lists) {
    if (!/^proc\/\d+\/fdinfo$/.test(key)) continue;
    const isLocked = (name: string) => Buffer.from(scene.files.get(`${key}/${name}`) ?? []).includes('lock:');
    for (const name of names.filter((it) => !isLocked(it))) {
      scene.files.delete(`${key}/${name}`);
      scene.missing.delete(`read ${key}/${name}`);
    }
    scene.lists.set(key, names.filter(isLocked));
  }
}

function redact(scene: Scene): void {
  for (const [key, bytes] of scene.files) {
    if (!key.endsWith('/cmdline') || bytes.length === 0) continue;
    const argv = redactArgv(parseProcCmdline(bytes));
    scene.files.set(key, Buffer.from(`${argv.join('\0')}\0`, 'latin1'));
  }
  const uuid = 'sys/class/dmi/id/product_uuid';
  if (scene.files.has(uuid)) scene.files.set(uuid, Buffer.from(`${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}\n`));
  if (scene.files.has('etc/machine-id')) scene.files.set('etc/machine-id', Buffer.from(`${'0'.repeat(32)}\n`));
}

function readmeOf(scene: Scene): string {
  return `# A recorded scene

What the kernel of one machine answered to plumbline at ${scene.now}: ${scene.pids.length} processes.

- \`proc/\` and \`etc/\`: files and links as they were. Links lead nowhere on another machine.
- \`facts.json\`: results of stat(2) as [dev, ino, nlink, rdev, is a directory], listings, and errnos.

Command lines keep the program, the names of its options and an interpreter's script; the machine-id and the firmware's uuid are zeros; no
environment was read. Paths, names of programs (comm too, which a program can set) and process ids are as they were:
look before you hand it on.
`;
}
