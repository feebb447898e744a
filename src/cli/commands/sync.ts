import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isVacant } from '../../registry/embedded/directory.ts';
import { dataDirectory } from '../../registry/embedded/place.ts';
import { grantsSql, initSql, UNINSTALL_SQL } from '../../registry/migrate.ts';
import type { Plan } from '../../registry/plan.ts';
import { futureRegistry, type RowStore } from '../../registry/registry.ts';
import { storedText } from '../../registry/stored-text.ts';
import { type Reconciled, sync as reconcile, requireSessions } from '../../sync.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { describeAmbiguous, noteCoverage, noteUnmatched } from '../notes.ts';
import { embeddedDirectory, withRegistry } from '../registry-of.ts';
import { escapeMessage } from '../render/escape.ts';
import { planLines, summary } from '../render/plan.ts';
import { planJson } from '../render/plan-json.ts';
import type { SyncFlags } from './sync-flags.ts';
import { syncTable } from './sync-table.ts';

/** `plumb sync`: makes the rows of this machine say what its kernel says, or sets up the place for them. */
export async function sync(call: Call, flags: SyncFlags): Promise<ExitCode> {
  refuseNonsense(flags);
  const settings = await settingsOf(call);
  if (settings.table) return syncTable(call, settings, settings.table, flags);
  if (flags.uninstall) {
    call.output.data(UNINSTALL_SQL);
    return EXIT.ok;
  }
  if (flags.init) return init(call, settings, flags);
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
  for (const { name, reason } of plan.kept) output.note(`${escapeMessage(name)} stays as it is: ${reason}`);
  for (const line of ambiguousLines(plan, snapshot)) output.note(line);
  if (plan.held.length > 0) output.note(whyHeld(plan, dryRun && snapshot.coverage.complete));
  noteCoverage(output, snapshot.coverage, globalThis.process.getuid?.() === 0);
  noteUnmatched(output, snapshot.unmatchedPatterns);
}

/** Whose home several claim; and whose row's process is away while another is in its home. */
function ambiguousLines({ ambiguous }: Plan, { sessions }: Snapshot): string[] {
  const contested = sessions.filter(({ verdict }) => verdict === 'ambiguous');
  const names = new Set(contested.map(({ name }) => storedText(name)));
  const away = ambiguous.filter(({ name }) => !names.has(name));
  return [
    ...contested.map(describeAmbiguous),
    ...away.map(({ name, reason }) => `${escapeMessage(name)} is ambiguous: ${reason}`),
  ];
}

function whyHeld({ held }: Plan, isFirstLook: boolean): string {
  const names = held.map(({ name }) => name);
  const shown = names.slice(0, 12).map(escapeMessage).join(', ');
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  const next = isFirstLook ? 'plumb sync looks again, and writes what it finds again' : 'plumb sync --force writes it';
  return `held back, since so many at once are more likely a mistake of ours: the end of ${shown}${more}; ${next}`;
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

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function refuseNonsense({ dryRun, force, adoptHost, init: sets, apply, uninstall, role }: SyncFlags): void {
  const refuse = (message: string, hint: string) => {
    throw new PlumblineError('usage', message, { hint });
  };
  if (apply && !sets) refuse('--apply belongs to --init', 'plumb sync --init --apply --db postgres://…');
  if (role !== undefined && !sets) refuse('--role belongs to --init', 'plumb sync --init --role NAME');
  if (sets && uninstall) refuse('--init and --uninstall at once', 'one of the two');
  if ((sets || uninstall) && (dryRun || force || adoptHost))
    refuse('--init and --uninstall write no rows', 'leave --dry-run, --force and --adopt-host out');
}
