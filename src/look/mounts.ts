import { readMountNamespaces } from '../kernel/mount-namespaces.ts';
import { MountTree } from '../kernel/mount-tree.ts';
import type { MarkedHome, MountEntry, MountNamespace } from '../model/mount.ts';
import { goneMounts } from './gone-mounts.ts';
import { markHomes } from './home-mounts.ts';
import type { Ask, MachineLook } from './machine-look.ts';
import { sessionsIn } from './sessions-in.ts';
import { type SeenNamespace, workersIn } from './workers.ts';

/** Columns that take more than the tables: it is not read for others. */
const HOME_COLUMNS = ['homes', 'home', 'home_mark'];
const SESSION_COLUMNS = ['session', 'sessions'];

/**
 * Every mount of every mount namespace, with the sessions that live there, and what it is to a home.
 *
 * Source: /proc/<pid>/mountinfo, ns/mnt; for homes what their paths lead to in each namespace
 * Needs:  nothing for the tables; same uid or CAP_SYS_PTRACE to name a namespace, and to look at homes in it
 */
export async function readMounts(look: MachineLook, ask: Ask): Promise<MountEntry[]> {
  // Which rows there are is the same whatever is asked of them: those that are gone are found by who works there.
  const hasHomes = look.snapshot.homeSpecs.length > 0;
  const wantsHomes = hasHomes && HOME_COLUMNS.some(ask.wants);
  const all = readMountNamespaces(look.machine.procfs, look.stats.values(), look.log).map(
    (namespace): SeenNamespace => {
      const workers = hasHomes ? workersIn(look, namespace) : [];
      return { namespace, tree: new MountTree(namespace.mounts), workers };
    },
  );
  const wantsSessions = ask.sessions !== null || SESSION_COLUMNS.some(ask.wants);
  const tagsOf = ({ pids, inode }: MountNamespace) =>
    sessionsIn(look, { pids, link: inode === null ? null : `mnt:[${inode}]` });
  const sessionsOf = new Map(wantsSessions ? all.map(({ namespace }) => [namespace, tagsOf(namespace)]) : []);
  const isAskedFor = ({ namespace }: SeenNamespace) => {
    return sessionsOf.get(namespace)?.some((tag) => ask.sessions?.has(tag.session)) ?? false;
  };
  const wanted = ask.sessions === null ? all : all.filter(isAskedFor);
  const marks: ReadonlyMap<number, readonly MarkedHome[]> = wantsHomes ? markHomes(look, all, wanted) : new Map();
  const rows = wanted.flatMap(({ namespace, tree }) => {
    const sessions = sessionsOf.get(namespace) ?? [];
    return namespace.mounts.map((mount): MountEntry => {
      const homes = marks.get(mount.id) ?? [];
      return { namespace, id: mount.id, mount, device: null, covered: tree.covers(mount), homes, sessions };
    });
  });
  return hasHomes ? [...rows, ...(await goneMounts(look, all, wanted))] : rows;
}
