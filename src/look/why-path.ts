import { normalize } from 'node:path';
import { CarefulFiles } from '../kernel/careful-files.ts';
import { type FileUser, usersOfFile } from '../kernel/file-users.ts';
import { MountTables } from '../kernel/mounts.ts';
import type { FileStat } from '../kernel/procfs.ts';
import type { Evidence } from '../model/evidence.ts';
import { describeMissing, valueOrNull } from '../model/outcome.ts';
import { type ProcessStat, sameFile } from '../model/process.ts';
import { distinctTags, type SessionTag } from '../model/session-tag.ts';
import { shellWord } from '../model/shell-word.ts';
import { type ByteString, fromUtf8, toBytes, toText } from '../model/text.ts';
import type { Why } from '../model/why.ts';
import type { MachineLook } from './machine-look.ts';
import { answerOf, namesOf } from './why-answer.ts';
import { locksOn } from './why-locks.ts';
import { type Role, whyProcesses } from './why-process.ts';
import { listenersAt } from './why-socket-file.ts';

/** Links in a path that are followed, as the kernel does (MAXSYMLINKS). */
const MOST_LINKS = 40;

const SAME = 'the same dev:ino';

/**
 * From a file or a directory to the sessions that use it, and to the home that it lies in.
 *
 * Needs: same uid or CAP_SYS_PTRACE to see what processes have open
 * @param path absolute
 */
export async function whyPath(look: MachineLook, path: string): Promise<Why> {
  const { machine, log } = look;
  const bytes = fromUtf8(path);
  const files = new CarefulFiles(machine, new MountTables(machine.procfs, log).own());
  const target = await lastOf(files, look, bytes);
  const [stat] = await files.statAll([target]);
  const none = (nothing: string, unseen: string | null) => {
    return answerOf(look, {
      kind: 'path',
      asked: path,
      says: () => nothing,
      nothing,
      unseen,
      processes: [],
      evidence: [],
    });
  };
  // Below a file there is nothing, and that is as certain.
  const isNowhere = stat?.kind === 'gone' || (stat?.kind === 'unsupported' && stat.errno === 'ENOTDIR');
  if (isNowhere) return { ...none(`there is nothing at ${path}`, null), verdict: 'none' };
  if (stat?.kind !== 'value') {
    const why = stat ? describeMissing(stat) : 'nothing has answered';
    return none(`there is nothing at ${path}`, `it may not be looked at (${why})`);
  }
  const file = stat.value;
  const [root] = await files.statAll(['/']);
  const { isDirectory } = file;
  const asked = { id: file, isDirectory, ourRoot: root ? valueOrNull(root) : null, isRemote: files.metRemote };
  const pids = valueOrNull(machine.procfs.list())?.pids ?? look.stats.keys();
  const { users, unasked } = usersOfFile(machine.procfs, pids, asked, log);
  const openers = new Set(users.filter(({ fds }) => fds.length > 0).map(({ stat: it }) => it.pid));
  const locks = await locksOn(look, file, openers);
  const home = await homeAbove(look, files, target, file);
  const listeners = isDirectory ? [] : await listenersAt(look, [bytes, target, fromUtf8(normalize(path))]);
  const processes = whyProcesses(look, [...users.flatMap(rolesOf), ...locks.roles, ...listeners]);
  return answerOf(look, {
    kind: 'path',
    asked: path,
    says: (names) => {
      if (home.sessions.length === 0) return `${path} is used by ${names}`;
      const others = distinctTags(processes.map(({ tag }) => tag)).filter(
        ({ session }) => session !== home.sessions[0]?.session,
      );
      const more = others.length === 0 ? '' : `, and is used by ${namesOf(others)}`;
      return `${path} lies in the home of ${namesOf(home.sessions)}${more}`;
    },
    evidence: [itself(bytes, file), ...home.evidence, ...locks.evidence],
    processes,
    also: home.sessions,
    nothing: processes.length === 0 ? `${path} is in no session's home, and ${nobody(look)} uses it` : null,
    unseen: locks.hidesSomebody ? 'who has a lock on it' : unaskedOf(look, unasked),
  });
}

/** The files of those that count to no session may be denied: they lead to none, and may be of anybody all the same. */
function nobody({ log }: MachineLook): string {
  return log.reasons().some(({ code }) => code === 'fd_denied') ? "no session's process" : 'no process';
}

/** Those that count to no session would lead to none. */
function unaskedOf(look: MachineLook, unasked: readonly ProcessStat[]): string | null {
  const pids = unasked.filter((it) => look.tagOf(it) !== null || look.mayCountTo(it).length > 0).map(({ pid }) => pid);
  return pids.length === 0
    ? null
    : `of some of what ${pids.join(', ')} have open or in memory it could not be asked which file it is`;
}

function itself(path: ByteString, { dev, ino }: FileStat): Evidence {
  const check = `stat -Lc %d:%i ${shellWord(path)}`;
  return { fact: 'it is', value: `${dev}:${ino}`, source: 'dev:ino', check };
}

/** Where the last part of a path leads, so that its directory is the one that it lies in. */
async function lastOf(files: CarefulFiles, look: MachineLook, path: ByteString): Promise<ByteString> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const [stat] = await files.statAll([at]);
    // What does not answer is not asked where it leads either.
    if (stat?.kind !== 'value') return at;
    const link = look.machine.files.readlink(at);
    if (link.kind !== 'value') return at;
    at = link.value.startsWith('/') ? link.value : `${directoryOf(at)}/${link.value}`;
  }
  return at;
}

function directoryOf(path: ByteString): ByteString {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

interface InHome {
  readonly evidence: readonly Evidence[];
  readonly sessions: readonly SessionTag[];
}

async function homeAbove(look: MachineLook, files: CarefulFiles, path: ByteString, file: FileStat): Promise<InHome> {
  const directory = file.isDirectory ? path : directoryOf(path);
  const { homes } = look.snapshot;
  // A parent's own parent is itself at the root, and no path has more parts than slashes.
  for (let levels = 0; levels <= path.split('/').length; levels++) {
    const at = directory + '/..'.repeat(levels);
    const [stat] = await files.statAll([at]);
    if (stat?.kind !== 'value') return { evidence: [], sessions: [] };
    const found = stat.value;
    const home = homes.find(({ id }) => id !== null && sameFile(id, found));
    if (!home) continue;
    const evidence: Evidence = {
      fact: `it lies in the home of ${home.name.text}`,
      value: `${found.dev}:${found.ino} in both`,
      source: toText(at).text,
      check: `stat -Lc %d:%i ${shellWord(at)} ${shellWord(toBytes(home.path))}`,
    };
    return { evidence: [evidence], sessions: home.session ? [{ session: home.session, by: 'owner' }] : [] };
  }
  return { evidence: [], sessions: [] };
}

function rolesOf({ stat, task, fds, mapped, cwdBelow, isExe, isRoot }: FileUser) {
  const roles: [string, string, string][] = [];
  if (fds.length > 0)
    roles.push(['has it open', `fd/${fds[0]}`, `descriptor${fds.length > 1 ? 's' : ''} ${fds.join(', ')}`]);
  if (cwdBelow === 0) roles.push(['works in it', 'cwd', SAME]);
  else if (cwdBelow !== null) {
    roles.push([`works ${cwdBelow} level${cwdBelow === 1 ? '' : 's'} below it`, `cwd${'/..'.repeat(cwdBelow)}`, SAME]);
  }
  if (isExe) roles.push(['runs it', 'exe', SAME]);
  if (mapped !== null) roles.push(['has it in its memory', `map_files/${mapped}`, SAME]);
  if (isRoot) roles.push(['has it for its root directory', 'root', SAME]);
  return roles.map(([role, name, told]): [ProcessStat, Role] => {
    const source = `/proc/${stat.pid}/${task}${name}`;
    return [
      stat,
      { role, evidence: [{ fact: `${stat.pid} ${role}`, source, value: told, check: `stat -Lc %d:%i ${source}` }] },
    ];
  });
}
