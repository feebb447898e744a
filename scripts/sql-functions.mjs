// Which functions of the engine a client of the SQL endpoint may call: writes src/sql/statement/{allowed,refused}-functions.ts
// from PGlite's own pg_proc. To be run after an upgrade of PGlite, whose new functions are to be looked at in the diff.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/** Functions that only the system calls, and of whose arguments or results nobody else can have any. */
const OF_THE_SYSTEM = `
  p.prorettype in (select oid from pg_type where typname in ('internal', 'trigger', 'event_trigger', 'language_handler',
    'fdw_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler'))
  or 'internal'::regtype = any (p.proargtypes)
  or p.oid in (select unnest(array[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]) from pg_type)
  or p.proname ~ '_validator$|^pg_event_trigger_'`;

/** They read what a query names in a text, or give out a transaction's number; not volatile all the same. */
const NOT_HARMLESS = `txid_current pg_current_xact_id table_to_xml table_to_xmlschema table_to_xml_and_xmlschema
  schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema
  database_to_xml_and_xmlschema ts_rewrite ts_stat`.split(/\s+/);

/** Volatile, and harmless: they tell the time, chance, or of the server. asyncpg gives back locks that it never had. */
const HARMLESS =
  `random random_normal array_sample array_shuffle gen_random_uuid uuidv4 uuidv7 clock_timestamp timeofday
  current_query pg_is_in_recovery pg_is_wal_replay_paused pg_get_wal_replay_pause_state pg_last_wal_receive_lsn
  pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_current_wal_lsn pg_current_wal_insert_lsn
  pg_current_wal_flush_lsn pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_database_size
  pg_tablespace_size pg_partition_tree pg_partition_ancestors pg_sequence_last_value pg_get_sequence_data
  pg_lock_status pg_blocking_pids pg_safe_snapshot_blocking_pids pg_prepared_xact pg_jit_available
  pg_notification_queue_usage pg_collation_actual_version pg_database_collation_actual_version
  pg_advisory_unlock_all pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
  pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans
  pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated
  pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
  pg_stat_get_xact_tuples_updated`.split(/\s+/);

const QUERY = `
  select proname as name, bool_or((${OF_THE_SYSTEM}) or provolatile = 'v') as is_doubtful,
    bool_and(${OF_THE_SYSTEM}) as is_of_the_system
  from pg_proc p where pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  group by 1`;

/** A type can be called like a function: uuid('…'). */
const TYPES = `select typname as name from pg_type
  where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typname !~ '^_' order by 1`;

/** What may be called, and what may not, by name: a name of which one is in doubt is refused. */
export async function functionLists(db) {
  const { rows } = await db.query(QUERY);
  const { rows: types } = await db.query(TYPES);
  const isAllowed = ({ name, is_doubtful: isDoubtful }) => {
    return HARMLESS.includes(name) || (!isDoubtful && !NOT_HARMLESS.includes(name));
  };
  const allowed = rows.filter(isAllowed).map(({ name }) => name);
  const others = rows.filter((it) => !isAllowed(it));
  const refused = others.filter((it) => !it.is_of_the_system).map(({ name }) => name);
  const callable = types.map(({ name }) => name).filter((it) => !others.some(({ name }) => name === it));
  return { allowed: [...new Set([...allowed, ...callable])].sort(), refused: refused.sort() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const db = await PGlite.create();
  const { allowed, refused } = await functionLists(db);
  await db.close();
  write(
    'allowed',
    'ALLOWED_FUNCTIONS',
    'Names that a client may call: functions that change and reach nothing, and types.',
    allowed,
  );
  write('refused', 'REFUSED_FUNCTIONS', 'The other functions that a client could call.', refused);
}

function write(which, name, comment, words) {
  const file = path.join(import.meta.dirname, `../src/sql/statement/${which}-functions.ts`);
  writeFileSync(
    file,
    `/** ${comment} Made by scripts/sql-functions.mjs. */
export const ${name}: ReadonlySet<string> = new Set(
  \`${wrapped(words)}\`.split(/\\s+/),
);
`,
  );
}

function wrapped(words) {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1);
    if (line.length + word.length > 150) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n  ');
}
