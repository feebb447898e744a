import { homesToStore } from '../../keep-homes.ts';
import { liveMachine } from '../../kernel/machine.ts';
import { PlumblineError } from '../../model/errors.ts';
import { transaction } from '../../registry/database.ts';
import { canStoreHomes, type HomesWritten, storeHomes } from '../../registry/homes.ts';
import { requireHostId } from '../../registry/host.ts';
import { openPostgres } from '../../registry/postgres/postgres.ts';
import { type Call, look } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';

/** `plumb homes --store`: which directories the homes are, for a Postgres that reads the kernel itself. */
export async function storeHomesOf(call: Call): Promise<ExitCode> {
  const { output } = call;
  const { snapshot, settings } = await look(call, { proveAbsence: false }, ({ homes, registryUrl }) => {
    if (homes.length === 0) {
      throw new PlumblineError('usage', 'there are no homes to store', {
        hint: "say where the sessions live: --home '/srv/agents/*', or homes in the configuration",
      });
    }
    if (registryUrl !== null) return;
    throw new PlumblineError('usage', 'it is not said in which database', {
      hint: '--db postgres://…, PLUMBLINE_DATABASE_URL, or [registry] url',
    });
  });
  const hostId = requireHostId(snapshot.host);
  const stored = await homesToStore(snapshot, settings, liveMachine());
  if (stored === null) {
    throw new PlumblineError(
      'blind',
      'the boot of this machine is not known, and without it the numbers of homes mean nothing',
      {
        hint: 'mount /proc, with sys/kernel/random/boot_id',
      },
    );
  }
  const database = await openPostgres(settings.registryUrl ?? '', globalThis.process.env);
  try {
    if (!(await canStoreHomes(database))) throw noTables(database.place);
    const written = await transaction(database, () => storeHomes(database, hostId, stored));
    const count = stored.homes.length;
    output.data(`${database.place}: ${count} ${count === 1 ? 'home' : 'homes'} of ${hostId}: ${changes(written)}\n`);
  } finally {
    await database.close();
  }
  for (const { name, problem } of stored.homes)
    if (problem !== null) output.note(`${name}: ${problem}: it will be unknown`);
  noteCoverage(output, snapshot.coverage);
  if (!stored.isWhole) output.note('homes that could not be looked for stay as they were stored');
  noteUnmatched(output, snapshot.unmatchedPatterns);
  return EXIT.ok;
}

function changes({ written, removed, writesRules }: HomesWritten): string {
  const all = [
    ...(written > 0 ? [`${written} new or changed`] : []),
    ...(removed > 0 ? [`${removed} taken away`] : []),
    ...(writesRules ? ['the rules new or changed'] : []),
  ];
  return all.length === 0 ? 'nothing had changed' : all.join(', ');
}

function noTables(place: string): PlumblineError {
  return new PlumblineError('schema', `${place}: there are no tables of homes, or they may not be written`, {
    hint: 'plumb fdw install --via bpf makes them, and so does plumb sync --init; the role needs select, insert, update and delete on plumbline.homes and plumbline.home_rules',
  });
}
