import { type Outcome, value } from '../../model/outcome.ts';
import type { ByteString } from '../../model/text.ts';
import type { Files } from '../files.ts';
import type { Machine } from '../machine.ts';
import { bracketHeld, type HeldFile, type HeldProcess, linksOneByOne, type Procfs } from '../procfs.ts';
import type { RemoteAnswer, RemoteQuestion } from '../remote-stat.ts';
import { fileKey, procKey, type Question, type Scene } from './scene.ts';

/**
 * A machine that writes down every answer that it passes on. The last answer to a question counts, so a process that
 * ended during the look is gone in the scene.
 */
export function recordingMachine(machine: Machine, scene: Scene): Machine {
  const pen = new Pen(scene);
  return {
    tasks: null,
    procfs: recordingProcfs(machine.procfs, scene, pen),
    files: recordingFiles(machine.files, pen),
    now: machine.now,
    isLive: machine.isLive,
    askRemote: async (questions) => {
      const answers = await machine.askRemote(questions);
      for (const [index, question] of questions.entries()) pen.remote(question, answers[index] as (typeof answers)[0]);
      return answers;
    },
  };
}

/** Writes answers down, each in place of an earlier one to the same question. */
class Pen {
  readonly scene: Scene;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  note<T>(question: Question, key: string, known: Map<string, T>, outcome: Outcome<T>): Outcome<T> {
    const { missing } = this.scene;
    known.delete(key);
    missing.delete(`${question} ${key}`);
    if (outcome.kind === 'value') known.set(key, outcome.value);
    else if (outcome.kind === 'timeout') missing.set(`${question} ${key}`, 'TIMEOUT');
    else if (outcome.kind !== 'malformed') missing.set(`${question} ${key}`, outcome.errno);
    return outcome;
  }

  /** Bytes of a live read are valid until the next one only. */
  noteRead(key: string, outcome: Outcome<Uint8Array>): Outcome<Uint8Array> {
    const kept = outcome.kind === 'value' ? { ...outcome, value: Uint8Array.from(outcome.value) } : outcome;
    this.note('read', key, this.scene.files, kept);
    return outcome;
  }

  remote(question: RemoteQuestion, outcome: Outcome<RemoteAnswer>): void {
    const key = fileKey(question.source);
    if (question.want === 'names') {
      const names = outcome.kind === 'value' ? { ...outcome, value: outcome.value.names } : outcome;
      this.note('list', key, this.scene.lists, names);
      return;
    }
    if (outcome.kind !== 'value') {
      this.note('stat', key, this.scene.stats, outcome);
      return;
    }
    for (const [level, stat] of outcome.value.chain.entries()) {
      this.scene.stats.set(key + '/..'.repeat(level), stat);
    }
  }
}

function recordingProcfs(procfs: Procfs, scene: Scene, pen: Pen): Procfs {
  const open: Procfs['open'] = (pid) => {
    const opened = procfs.open(pid);
    if (opened.kind === 'value') return { kind: 'value', value: recordingProcess(opened.value, `proc/${pid}`, pen) };
    return pen.note('open', `proc/${pid}`, new Map<string, HeldProcess>(), opened);
  };
  const recording: Procfs = {
    selfPid: procfs.selfPid,
    root: null,
    links: (pid, directory, prefix) => linksOneByOne(recording, pid, directory, prefix),
    list: () => {
      const listing = procfs.list();
      if (listing.kind === 'value') Object.assign(scene, listing.value);
      return listing;
    },
    read: (name, firstBytes) => pen.noteRead(procKey(scene, name), procfs.read(name, firstBytes)),
    readlink: (name) => pen.note('readlink', procKey(scene, name), scene.links, procfs.readlink(name)),
    readStat: (pid) => pen.noteRead(`proc/${pid}/stat`, procfs.readStat(pid)),
    open,
    bracket: (pid, read) => bracketHeld({ open }, pid, read),
    exists: (pid) => {
      const exists = procfs.exists(pid);
      scene.exists.set(pid, exists);
      return exists;
    },
  };
  return recording;
}

function recordingProcess(held: HeldProcess, base: string, pen: Pen): HeldProcess {
  const key = (name: string) => `${base}/${name}`;
  return {
    fd: held.fd,
    read: (name) => pen.noteRead(key(name), held.read(name)),
    readlink: (name) => pen.note('readlink', key(name), pen.scene.links, held.readlink(name)),
    stat: (name) => pen.note('stat', key(name), pen.scene.stats, held.stat(name)),
    // A scene keeps files: there it is read from this one.
    owner: () => {
      pen.noteRead(key('status'), held.read('status'));
      return held.owner();
    },
    list: (name) => pen.note('list', key(name), pen.scene.lists, held.list(name)),
    hold: (name) => {
      const file = held.hold(name);
      if (file.kind === 'value') return value(recordingFile(file.value, key(name), pen));
      pen.note('stat', key(name), pen.scene.stats, file);
      return file;
    },
    close: () => held.close(),
  };
}

function recordingFile(file: HeldFile, key: string, pen: Pen): HeldFile {
  const { scene } = pen;
  return {
    mountId: () => pen.note('mount', key, scene.mountIds, file.mountId()),
    stat: (levelsUp) => pen.note('stat', key + '/..'.repeat(levelsUp), scene.stats, file.stat(levelsUp)),
    close: () => file.close(),
  };
}

function recordingFiles(files: Files, pen: Pen): Files {
  const { scene } = pen;
  return {
    stat: (path: ByteString) => pen.note('stat', fileKey(path), scene.stats, files.stat(path)),
    readlink: (path: ByteString) => pen.note('readlink', fileKey(path), scene.links, files.readlink(path)),
    list: (path: ByteString) => pen.note('list', fileKey(path), scene.lists, files.list(path)),
    read: (path: ByteString) => pen.noteRead(fileKey(path), files.read(path)),
  };
}
