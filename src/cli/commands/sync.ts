import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import { storeExists } from '../../registry/embedded/place.ts';
import { grantsSql, initSql, UNINSTALL_SQL } from '../../registry/migrate.ts';
import { futureRegistry, type RowStore } from '../../registry/registry.ts';
import { type Reconciled, sync as reconcile, requireSessions } from '../../sync.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { ambiguousLines, planNotes } from '../plan-notes.ts';
import { embeddedDirectory, withRegistry } from '../registry-of.ts';
import { planLines, summary } from '../render/plan.ts';
import { planJson } from '../render/plan-json.ts';
import { watchRegistry } from './watch.ts';

/** The options of `plumb sync`, as commander gives them. */
export interface SyncFlags {
  readonly dryRun?: true;
  readonly force?: true;
  readonly adoptHost?: true;
  readonly init?: true;
  readonly apply?: true;
  readonly uninstall?: true;
  readonly role?: string;
  readonly watch?: true;
  readonly interval?: string;
}

/** `plumb sync`: makes the rows of this machine say what its kernel says, or sets up the place for them. */
export async function sync(call: Call, flags: SyncFlags): Promise<ExitCode> {
  refuseNonsense(flags);
  const settings = await settingsOf(call);
  if (flags.uninstall) {
    call.output.data(UNINSTALL_SQL);
    return EXIT.ok;
  }
  if (flags.init) return init(call, settings, flags);
  if (flags.watch) return watchRegistry(call, settings, flags.interval);
  requireSessions(settings);
  const run = async (registry: RowStore) => {
    const { dryRun = false, force = false, adoptHost = false } = flags;
    const options = { ...settings, maxDeaths: settings.maxDeadPerPass, dryRun, force, adoptHost };
    const done = await reconcile(registry, options);
    print(call, registry, done, dryRun);
    return exitOf(done);
  };
  // To look at what would be written makes no registry.
  const isFuture = flags.dryRun && settings.registryUrl === null && !storeExists(embeddedDirectory());
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
  for (const line of planNotes(plan, snapshot)) output.note(line);
  noteCoverage(output, snapshot.coverage, globalThis.process.getuid?.() === 0);
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

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function refuseNonsense(flags: SyncFlags): void {
  const { dryRun, force, adoptHost, init: sets, apply, uninstall, role, watch, interval } = flags;
  const refuse = (message: string, hint: string) => {
    throw new PlumblineError('usage', message, { hint });
  };
  if (apply && !sets) refuse('--apply belongs to --init', 'plumb sync --init --apply --db postgres://…');
  if (role !== undefined && !sets) refuse('--role belongs to --init', 'plumb sync --init --role NAME');
  if (sets && uninstall) refuse('--init and --uninstall at once', 'one of the two');
  if ((sets || uninstall) && (dryRun || force || adoptHost))
    refuse('--init and --uninstall write no rows', 'leave --dry-run, --force and --adopt-host out');
  if (watch && (dryRun || force || adoptHost || sets || uninstall))
    refuse('--watch goes with --interval only', 'plumb sync with the other option once, and then plumb sync --watch');
  if (interval !== undefined && !watch) refuse('--interval belongs to --watch', 'plumb sync --watch --interval 5s');
}
