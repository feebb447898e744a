import { PlumblineError } from '../../model/errors.ts';
import { type Missing, missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import type { ByteString } from '../../model/text.ts';
import { parseOutcome } from '../attempt.ts';
import type { Machine } from '../machine.ts';
import { parseUserIds } from '../parse/proc-status.ts';
import {
  type Bracketed,
  bracketHeld,
  type FileStat,
  type HeldFile,
  type HeldProcess,
  linksOneByOne,
  type ProcessLinks,
  type Procfs,
} from '../procfs.ts';
import { REMOTE_DEADLINE_MS, type RemoteAnswer, type RemoteQuestion } from '../remote-stat.ts';
import { fileKey, procKey, type Question, type Scene } from './scene.ts';

/**
 * A machine that answers from a recorded scene. A question that was never asked when the scene was made has no
 * answer, and a made-up one could turn a verdict, so it is an error.
 *
 * @throws {PlumblineError} `scene`, from the look, where the scene does not hold an answer
 */
export function replayMachine(scene: Scene): Machine {
  return {
    procfs: new RecordedProcfs(scene),
    files: {
      stat: (path) => answer(scene, 'stat', fileKey(path), scene.stats),
      readlink: (path) => answer(scene, 'readlink', fileKey(path), scene.links),
      list: (path) => answer(scene, 'list', fileKey(path), scene.lists),
      read: (path) => answer(scene, 'read', fileKey(path), scene.files),
    },
    tasks: null,
    now: () => new Date(scene.now),
    isLive: false,
    askRemote: async (questions) => questions.map((question) => answerRemote(scene, question)),
  };
}

class RecordedProcfs implements Procfs {
  readonly root = null;
  readonly selfPid: number;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.selfPid = scene.selfPid;
  }

  list(): ReturnType<Procfs['list']> {
    const { pids, staticDirectories, nlink } = this.#scene;
    return value({ pids, staticDirectories, nlink });
  }

  read(name: string): Outcome<Uint8Array> {
    return answer(this.#scene, 'read', procKey(this.#scene, name), this.#scene.files);
  }

  readlink(name: string): Outcome<ByteString> {
    return answer(this.#scene, 'readlink', procKey(this.#scene, name), this.#scene.links);
  }

  readStat(pid: number): Outcome<Uint8Array> {
    return this.read(`${pid}/stat`);
  }

  links(pid: number, directory: string, prefix: string): Outcome<ProcessLinks> {
    return linksOneByOne(this, pid, directory, prefix);
  }

  open(pid: number): Outcome<HeldProcess> {
    const { missing: errnos, pids, files } = this.#scene;
    const refused = errnos.get(`open proc/${pid}`);
    if (refused !== undefined) return missing(refused);
    // A thread can be opened by its number, and is in no list.
    const isThere = pids.includes(pid) || files.has(`proc/${pid}/stat`);
    return isThere ? value(new RecordedProcess(this.#scene, `proc/${pid}`)) : missing('ENOENT');
  }

  bracket<T>(pid: number, read: (files: HeldProcess) => T): Outcome<Bracketed<T>> {
    return bracketHeld(this, pid, read);
  }

  exists(pid: number): boolean {
    return this.#scene.exists.get(pid) ?? this.#scene.pids.includes(pid);
  }
}

class RecordedProcess implements HeldProcess {
  readonly fd = null;
  readonly key: string;
  readonly #scene: Scene;

  constructor(scene: Scene, key: string) {
    this.#scene = scene;
    this.key = key;
  }

  read(name: string): Outcome<Uint8Array> {
    return answer(this.#scene, 'read', `${this.key}/${name}`, this.#scene.files);
  }

  readlink(name: string): Outcome<ByteString> {
    return answer(this.#scene, 'readlink', `${this.key}/${name}`, this.#scene.links);
  }

  stat(name: string): Outcome<FileStat> {
    return answer(this.#scene, 'stat', `${this.key}/${name}`, this.#scene.stats);
  }

  list(name: string): Outcome<readonly ByteString[]> {
    return answer(this.#scene, 'list', `${this.key}/${name}`, this.#scene.lists);
  }

  owner(): Outcome<number> {
    return parseOutcome(this.read('status'), (status) => parseUserIds(status).effective);
  }

  hold(name: string): Outcome<HeldFile> {
    const own = this.stat(name);
    if (own.kind !== 'value') return own;
    return value({
      mountId: () => answer(this.#scene, 'mount', `${this.key}/${name}`, this.#scene.mountIds),
      stat: (levelsUp) => this.stat(name + '/..'.repeat(levelsUp)),
      close: () => {},
    });
  }

  close(): void {
    // Nothing is held.
  }
}

function answer<T>(scene: Scene, question: Question, key: string, known: ReadonlyMap<string, T>): Outcome<T> {
  const found = known.get(key);
  if (found !== undefined) return value(found);
  const errno = scene.missing.get(`${question} ${key}`);
  if (errno !== undefined) return missing(errno);
  throw new PlumblineError('scene', `the scene does not say what ${question} /${key} gave`, {
    hint: 'record it again with this version of plumb',
  });
}

function answerRemote(scene: Scene, { source, want }: RemoteQuestion): Outcome<RemoteAnswer> {
  const key = fileKey(source);
  if (want === 'names') {
    const names = answer(scene, 'list', key, scene.lists);
    return names.kind === 'value' ? value({ chain: [], cut: false, names: names.value }) : names;
  }
  const own = answer(scene, 'stat', key, scene.stats);
  if (own.kind !== 'value') return own;
  const chain = [own.value];
  for (let path = `${key}/..`; want === 'chain' && scene.stats.has(path); path += '/..') {
    chain.push(scene.stats.get(path) as FileStat);
  }
  return value({ chain, cut: false, names: [] });
}

function missing(errno: string): Missing {
  return errno === 'TIMEOUT' ? { kind: 'timeout', afterMs: REMOTE_DEADLINE_MS } : missingFromErrno(errno);
}
