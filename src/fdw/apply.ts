import { isDeepStrictEqual } from 'node:util';
import { PlumblineError } from '../model/errors.ts';
import { type Database, transaction } from '../registry/database.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import { verifyPinned } from './bpf/install.ts';
import { holdInstallation } from './hold.ts';
import type { Planned } from './install.ts';
import { EXTENSION_OF } from './installation.ts';
import type { Names } from './names.ts';
import { unreachable } from './reach.ts';
import { readState } from './state.ts';
import type { Host } from './wire-sql.ts';

/**
 * Makes what was planned, in one transaction, and reads every table of every machine before it is kept.
 * @returns what is worth knowing of it: machines that are down, whose id was given
 * @throws {PlumblineError} with the reason; then nothing is changed
 */
export function applyInstall(
  database: Database,
  { names, via, hostId, hosts, state, statements }: Planned,
  tables: readonly LiveTable[],
): Promise<string[]> {
  return transaction(database, async () => {
    await holdInstallation(database, names);
    // It was planned on what was there before we held it.
    if (!isDeepStrictEqual(await readState(database, names, EXTENSION_OF[via]), state)) throw changed(database, names);
    for (const statement of statements) await database.query(statement);
    const notes: string[] = [];
    if (via === 'program')
      for (const { name } of tables) await database.query(`select count(*) from ${names.at(name)}`);
    if (via === 'bpf' && hostId !== null) notes.push(...(await verifyPinned(database, names, hostId)));
    for (const host of hosts) notes.push(...(await verify(database, names, host, tables)));
    return notes;
  });
}

async function verify(database: Database, names: Names, host: Host, tables: readonly LiveTable[]): Promise<string[]> {
  await database.query('savepoint plumb_verify');
  try {
    const [{ host_id: itself = null } = {}] = (
      await database.query(`select host_id from ${names.within(names.part('processes', host.name))} limit 1`)
    ).rows;
    if (itself !== host.id) throw otherMachine(host, itself);
    for (const { name } of tables)
      await database.query(`select count(*) from ${names.within(names.part(name, host.name))}`);
    const { rows } = await database.query(
      `select count(*)::text as homes from ${names.within(names.part('homes', host.name))}`,
    );
    await database.query('release savepoint plumb_verify');
    return rows[0]?.['homes'] === '0'
      ? [
          `${host.name} has no homes configured: its sessions are terminals, and no row can be compared (plumb serve --home …)`,
        ]
      : [];
  } catch (error) {
    const told = unreachable(error, host);
    // It was known not to answer: that is why its id was given.
    const isDown = told instanceof PlumblineError && told.sqlState?.startsWith('08') === true;
    if (!isDown || !host.isGiven) throw told;
    await database.query('rollback to savepoint plumb_verify');
    return [`${told.message}; it is installed all the same`];
  }
}

function changed({ place }: Database, { schema }: Names): PlumblineError {
  return new PlumblineError('registry', `${place}: somebody has changed what is installed in ${schema} meanwhile`, {
    hint: 'run it again: nothing was done',
    isTransient: true,
  });
}

function otherMachine({ name, id }: Host, itself: string | null): PlumblineError {
  return new PlumblineError('registry', `${name} says that it is the machine ${itself}, and not ${id}`, {
    hint: 'leave ,id= out, and it is asked',
  });
}
