import fs from 'node:fs';
import path from 'node:path';
import { PlumblineError } from '../../model/errors.ts';
import type { FileStat } from '../procfs.ts';
import { emptyScene, type Scene } from './scene.ts';

const FACTS = 'facts.json';
const README = 'README.md';
const FORMAT = 1;

/** dev, ino, nlink, rdev, whether it is a directory; of a character device also when it was read and written (ms). */
type StatRow = [string, string, string, string, boolean, number?, number?];

/** What no file tree can say: results of stat, errnos, listings. */
interface Facts {
  readonly format: number;
  readonly now: string;
  readonly self_pid: number;
  readonly listing: { readonly pids: readonly number[]; readonly static_directories: number; readonly nlink: number };
  readonly stats: Readonly<Record<string, StatRow>>;
  readonly mount_ids: Readonly<Record<string, number>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly missing: Readonly<Record<string, string>>;
  readonly exists: Readonly<Record<string, boolean>>;
}

/**
 * Writes a scene as a tree that can be read by hand: plain files, dangling links, and facts.json.
 * @throws {PlumblineError} `scene` where the directory holds something already, or cannot be written
 */
export function writeScene(directory: string, scene: Scene, readme: string): number {
  try {
    // Where everybody works is nobody else's business.
    if (!fs.existsSync(directory)) fs.mkdirSync(directory, { mode: 0o700 });
    if (fs.readdirSync(directory).length > 0) {
      throw new PlumblineError('scene', `${directory} is not empty`, { hint: 'name a new directory' });
    }
    for (const [key, bytes] of scene.files) fs.writeFileSync(placeFor(directory, key), bytes);
    for (const [key, target] of scene.links) {
      fs.symlinkSync(Buffer.from(target, 'latin1'), placeFor(directory, key));
    }
    fs.writeFileSync(path.join(directory, FACTS), `${JSON.stringify(factsOf(scene), null, 1)}\n`);
    fs.writeFileSync(path.join(directory, README), readme);
    return scene.files.size + scene.links.size + 2;
  } catch (cause) {
    if (cause instanceof PlumblineError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlumblineError('scene', `cannot write the scene to ${directory}: ${why}`, { cause });
  }
}

/**
 * Reads a scene back.
 * @throws {PlumblineError} `scene` where the directory holds none
 */
export function readScene(directory: string): Scene {
  const facts = readFacts(directory);
  const scene = emptyScene(new Date(facts.now), facts.self_pid);
  Object.assign(scene, {
    pids: facts.listing.pids,
    staticDirectories: facts.listing.static_directories,
    nlink: facts.listing.nlink,
  });
  for (const [key, [dev, ino, nlink, rdev, isDirectory, readMs, writtenMs]] of Object.entries(facts.stats)) {
    const stat: FileStat = {
      dev: BigInt(dev),
      ino: BigInt(ino),
      nlink: BigInt(nlink),
      rdev: BigInt(rdev),
      isDirectory,
      used:
        readMs === undefined || writtenMs === undefined
          ? null
          : { readAt: new Date(readMs), writtenAt: new Date(writtenMs) },
    };
    scene.stats.set(key, stat);
  }
  for (const [key, id] of Object.entries(facts.mount_ids)) scene.mountIds.set(key, id);
  for (const [key, names] of Object.entries(facts.lists)) scene.lists.set(key, names);
  for (const [question, errno] of Object.entries(facts.missing)) scene.missing.set(question, errno);
  for (const [pid, exists] of Object.entries(facts.exists)) scene.exists.set(Number(pid), exists);
  readTree(directory, '', scene);
  return scene;
}

function placeFor(directory: string, key: string): string {
  const place = path.join(directory, key);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  return place;
}

function factsOf(scene: Scene): Facts {
  const stats = [...scene.stats].map(([key, it]) => {
    const row: StatRow = [String(it.dev), String(it.ino), String(it.nlink), String(it.rdev), it.isDirectory];
    if (it.used) row.push(it.used.readAt.getTime(), it.used.writtenAt.getTime());
    return [key, row] as const;
  });
  return {
    format: FORMAT,
    now: scene.now,
    self_pid: scene.selfPid,
    listing: { pids: scene.pids, static_directories: scene.staticDirectories, nlink: scene.nlink },
    stats: Object.fromEntries(stats),
    mount_ids: Object.fromEntries(scene.mountIds),
    lists: Object.fromEntries(scene.lists),
    missing: Object.fromEntries(scene.missing),
    exists: Object.fromEntries(scene.exists),
  };
}

function readFacts(directory: string): Facts {
  const file = path.join(directory, FACTS);
  try {
    const facts = JSON.parse(fs.readFileSync(file, 'utf8')) as Facts;
    if (facts.format === FORMAT) return facts;
    throw new Error(`its format is ${facts.format}, and this plumb reads ${FORMAT}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlumblineError('scene', `${file} is no scene: ${why}`, {
      cause,
      hint: 'make one with: plumb record DIR',
    });
  }
}

function readTree(directory: string, below: string, scene: Scene): void {
  for (const entry of fs.readdirSync(path.join(directory, below), { withFileTypes: true })) {
    const key = below === '' ? entry.name : `${below}/${entry.name}`;
    if (key === FACTS || key === README) continue;
    const place = path.join(directory, key);
    if (entry.isSymbolicLink()) scene.links.set(key, fs.readlinkSync(place, 'latin1'));
    else if (entry.isDirectory()) readTree(directory, key, scene);
    else scene.files.set(key, fs.readFileSync(place));
  }
}
