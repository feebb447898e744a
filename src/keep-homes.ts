import { openHomeIdentities } from './kernel/home-identity.ts';
import type { Machine } from './kernel/machine.ts';
import { loadGenerations } from './kernel/native/generation.ts';
import { readShells } from './kernel/shells.ts';
import type { HomeReport, Snapshot } from './model/snapshot.ts';
import { toBytes, toText } from './model/text.ts';
import type { StoredHomes } from './registry/homes.ts';
import { storedText } from './registry/stored-text.ts';

/** What is configured of sessions. */
export interface HomeRules {
  readonly commands?: readonly string[] | null;
  readonly terminal?: 'required' | 'optional';
}

const PROBLEMS = {
  missing: 'the directory did not exist when it was stored',
  not_a_directory: 'it was no directory when it was stored',
  denied: 'the directory could not be looked at when it was stored',
  timeout: 'its file system did not answer when it was stored',
} as const;

/**
 * The homes that a look has seen, as SQL needs them to find them again in what the kernel writes itself; null where the boot
 * is not known, without which they mean nothing.
 */
export async function homesToStore(
  snapshot: Snapshot,
  rules: HomeRules,
  machine: Machine,
): Promise<StoredHomes | null> {
  const { bootId } = snapshot.host;
  if (bootId === null) return null;
  const identities = openHomeIdentities(machine, await loadGenerations());
  const homes = snapshot.homes.map(({ name, path, id, problem }) => {
    const unseen = { level: null, generation: null, bornUs: null, problem: PROBLEMS[problem ?? 'missing'] };
    return {
      name: storedText(name),
      path: storedText(path),
      dev: id?.dev ?? null,
      ino: id?.ino ?? null,
      ...(id === null ? unseen : identities.of(toBytes(path), id)),
    };
  });
  const shells = [...readShells(machine.files)].map((name) => storedText(toText(name))).sort();
  const { commands = null, terminal = 'required' } = rules;
  return { bootId, homes, commands, shells, terminal, isWhole: seesAllHomes(snapshot) };
}

/** Whether every home that is configured was looked for: else one that was not found may be there. */
function seesAllHomes({ coverage }: Snapshot): boolean {
  return !coverage.reasons.some(({ code }) => code === 'home_unreadable');
}

/** Is another one when anything may have changed that is stored of homes: it costs one stat(2) a home. */
export function homesStamp(snapshot: Snapshot, rules: HomeRules, machine: Machine): string {
  const { host, homes } = snapshot;
  const identities = openHomeIdentities(machine, () => null);
  const born = ({ path, id }: HomeReport) => (id === null ? null : String(identities.bornNs(toBytes(path))));
  const all = homes.map((it) => [
    storedText(it.name),
    storedText(it.path),
    it.problem,
    String(it.id?.dev),
    String(it.id?.ino),
    born(it),
  ]);
  return JSON.stringify([host.bootId, rules.commands ?? null, rules.terminal ?? null, seesAllHomes(snapshot), all]);
}
