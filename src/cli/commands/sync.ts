import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import { requireSessions } from '../../model/require-sessions.ts';
import { isVacant } from '../../registry/embedded/directory.ts';
import { dataDirectory } from '../../registry/embedded/place.ts';
import { quoteIdentifier } from '../../registry/identifiers.ts';
import { grantsSql, initSql, UNINSTALL_SQL } from '../../registry/migrate.ts';
import { futureRegistry, type RowStore } from '../../registry/registry.ts';
import { type Reconciled, sync as reconcile } from '../../sync.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { ambiguousLines, planNotes } from '../plan-notes.ts';
import { embeddedDirectory, withRegistry } from '../registry-of.ts';
import { planLines, summary } from '../render/plan.ts';
import { planJson } from '../render/plan-json.ts';
import type { SyncFlags } from './sync-flags.ts';
import { syncTable } from './sync-table.ts';
import { watchSessions } from './watch.ts';

/** `plumb sync`: makes the rows of this machine say what its kernel says, or sets up the place for them. */
export async function sync(call: Call, flags: SyncFlags): Promise<ExitCode> {
  refuseNonsense(flags);
  const settings = await settingsOf(call);
  const isAboutSchema = flags.init || flags.uninstall;
  if (settings.table && !flags.watch && !isAboutSchema) return syncTable(call, settings, settings.table, flags);
  if (flags.uninstall) {
    call.output.data(UNINSTALL_SQL);
    return EXIT.ok;
  }
  if (flags.init) return init(call, settings, flags);
  if (flags.watch) return watchSessions(call, settings, flags.interval);
  requireSessions(settings);
  const run = async (registry: RowStore) => {
    const { dryRun = false, force = false, adoptHost = false, forget = [] } = flags;
    const options = { ...settings, maxDeaths: settings.maxDeadPerPass, dryRun, force, adoptHost, forget };
    const done = await reconcile(registry, options);
    print(call, registry, done, dryRun);
    return exitOf(done);
  };
  // To look at what would be written makes no registry.
  const isFuture = flags.dryRun && settings.registryUrl === null && isVacant(dataDirectory(embeddedDirectory()));
  if (isFuture) return run(futureRegistry(`the registry in ${embeddedDirectory()}`));
  return withRegistry(call, settings, { label: 'plumb sync', mends: !flags.dryRun }, run);
}

function print(call: Call, registry: RowStore, { plan, snapshot }: Reconciled, dryRun: boolean): void {
  const { output } = call;
  if (formatOf(call) === 'json') {
    output.data(planJson(snapshot, plan, { place: registry.place, dryRun }, output.isTerminal));
    return;
  }
  if (dryRun) output.data(planLines(plan));
  output.data(`${dryRun ? 'would write: ' : ''}${summary(plan)}\n`);
  for (const line of planNotes(plan, snapshot, dryRun)) output.note(line);
  noteCoverage(output, snapshot.coverage);
  noteUnmatched(output, snapshot.unmatchedPatterns);
}

function exitOf({ plan, snapshot }: Reconciled): ExitCode {
  const isAmbiguous = ambiguousLines(plan, snapshot).length > 0;
  return worstOf([
    plan.held.length > 0 || isAmbiguous ? EXIT.no : EXIT.ok,
    plan.kept.length > 0 ? EXIT.blind : EXIT.ok,
  ]);
}

/** `--init`: shows the SQL of the schema and the least grants; with `--apply` it runs it. */
async function init(call: Call, settings: Settings, { apply, role }: SyncFlags): Promise<ExitCode> {
  if (settings.registryUrl === null) {
    if (apply) {
      throw new PlumblineError('usage', 'the embedded registry needs no --init', {
        hint: 'name a server: --db postgres://…',
      });
    }
    call.output.data(setUpSql(0, role));
    return EXIT.ok;
  }
  return withRegistry(call, settings, { label: 'plumb sync --init', anySchema: true }, async (registry) => {
    const { version } = await registry.schema();
    if (version > 0) await registry.checkSchema();
    if (!apply) {
      call.output.data(setUpSql(version, role));
      return EXIT.ok;
    }
    const run = await registry.migrate();
    if (role !== undefined) await registry.script(grantsSql(quoteIdentifier(role)));
    const done = run.length === 0 ? `${registry.place} already had the schema` : `${registry.place} has the schema now`;
    call.output.data(`${done}${role === undefined ? '' : `, and ${role} what it needs`}\n`);
    return EXIT.ok;
  });
}

function setUpSql(fromVersion: number, role: string | undefined): string {
  const sql = initSql(fromVersion);
  const schema = sql === '' ? '-- The schema is there, in the version of this plumb.\n' : sql;
  const who = role === undefined ? 'the_role_that_runs_plumb' : quoteIdentifier(role);
  const grants = grantsSql(who);
  if (role !== undefined) return `${schema}\n${grants}`;
  const commented = grants.replace(/^/gm, '-- ').replace(/-- $/, '');
  return `${schema}\n-- The least that another role needs (--role NAME writes it out):\n${commented}`;
}

function refuseNonsense(flags: SyncFlags): void {
  const { dryRun, force, adoptHost, forget, init: sets, apply, uninstall, role, watch, interval } = flags;
  const refuse = (message: string, hint: string) => {
    throw new PlumblineError('usage', message, { hint });
  };
  if (apply && !sets) refuse('--apply belongs to --init', 'plumb sync --init --apply --db postgres://…');
  if (role !== undefined && !sets) refuse('--role belongs to --init', 'plumb sync --init --role NAME');
  if (sets && uninstall) refuse('--init and --uninstall at once', 'one of the two');
  if ((sets || uninstall) && (dryRun || force || adoptHost || forget))
    refuse('--init and --uninstall write no rows', 'leave --dry-run, --force, --adopt-host and --forget out');
  if (watch && (dryRun || force || adoptHost || forget || sets || uninstall))
    refuse('--watch goes with --interval only', 'plumb sync with the other option once, and then plumb sync --watch');
  if (interval !== undefined && !watch) refuse('--interval belongs to --watch', 'plumb sync --watch --interval 5s');
}
