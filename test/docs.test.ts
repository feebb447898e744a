/** Documents that are made from the code: a difference fails; UPDATE_DOCS=1 writes them anew. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COVERAGE_REASONS, HARMLESS_REASONS } from '../src/model/coverage.ts';
import { ACTED } from '../src/relations/acted.ts';
import { ACTIVITY } from '../src/relations/activity.ts';
import { INSTALLED_PINS, PINS, REQUIREMENTS } from '../src/relations/bpf.ts';
import { AMBIGUOUS, CHANGES, KEPT } from '../src/relations/changes.ts';
import { CLAIM, CONSIDERED } from '../src/relations/claims.ts';
import type { Field, Relation } from '../src/relations/column.ts';
import { DEAD } from '../src/relations/dead.ts';
import { EXITED } from '../src/relations/exited.ts';
import { FINDINGS } from '../src/relations/findings.ts';
import { HISTORY } from '../src/relations/history.ts';
import { HOMES } from '../src/relations/homes.ts';
import { HOSTS } from '../src/relations/hosts.ts';
import type { KernelRelation } from '../src/relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../src/relations/kernel-relations.ts';
import { PANE_SERVERS, PANES } from '../src/relations/panes.ts';
import { REGISTRY } from '../src/relations/registry.ts';
import { SESSIONS } from '../src/relations/sessions.ts';
import { LEFT, SIGNALLED } from '../src/relations/signalled.ts';
import { WHY } from '../src/relations/why.ts';
import { cliPage } from './documents/cli-page.ts';
import { readCommandLine } from './documents/command-line.ts';
import { manPage } from './documents/man-page.ts';
import { sqlPage } from './documents/sql-page.ts';
import { requires } from './makers/requires.ts';

const ROOT = path.join(import.meta.dirname, '..');

describe('documents', () => {
  it('docs/json.md describes the relations as they are', () => {
    const place = path.join(ROOT, 'docs/json.md');
    const text = jsonPage();
    if (globalThis.process.env['UPDATE_DOCS']) fs.writeFileSync(place, text);
    else expect(fs.readFileSync(place, 'utf8')).toBe(text);
  });

  it('docs/relations.md describes what can be asked of the kernel as it is', () => {
    const place = path.join(ROOT, 'docs/relations.md');
    const text = relationsPage();
    if (globalThis.process.env['UPDATE_DOCS']) fs.writeFileSync(place, text);
    else expect(fs.readFileSync(place, 'utf8')).toBe(text);
  });

  it('docs/sql-tables.md describes the tables of SQL as they are', () => {
    const place = path.join(ROOT, 'docs/sql-tables.md');
    const text = sqlPage();
    if (globalThis.process.env['UPDATE_DOCS']) fs.writeFileSync(place, text);
    else expect(fs.readFileSync(place, 'utf8')).toBe(text);
  });

  it('docs/cli.md describes the commands as they are', () => {
    const place = path.join(ROOT, 'docs/cli.md');
    const text = cliPage(readCommandLine());
    if (globalThis.process.env['UPDATE_DOCS']) fs.writeFileSync(place, text);
    else expect(fs.readFileSync(place, 'utf8')).toBe(text);
  });

  it('packaging/plumb.1 does too', () => {
    const place = path.join(ROOT, 'packaging/plumb.1');
    const text = manPage(readCommandLine());
    if (globalThis.process.env['UPDATE_DOCS']) fs.writeFileSync(place, text);
    else expect(fs.readFileSync(place, 'utf8')).toBe(text);
  });

  it('every file that a document names is there', () => {
    const pages = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'SUPPORT.md',
      'AGENTS.md',
      'docs/claiming.md',
      'docs/cli.md',
      'docs/activity.md',
      'docs/bpf.md',
      'docs/nudging.md',
      'docs/hosts.md',
      'docs/panes.md',
      'docs/performance.md',
      'docs/relations.md',
      'docs/sessions-of-rows.md',
      'docs/sql-tables.md',
      'docs/registry.md',
      'docs/watching.md',
      'docs/scale.md',
      'docs/sql.md',
      'docs/the-bet.md',
    ];
    const missing = pages.flatMap((page) => {
      const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link as string);
      const absent = links.filter((link) => !fs.existsSync(path.join(ROOT, path.dirname(page), link)));
      return absent.map((link) => `${page}: ${link}`);
    });
    expect(missing).toEqual([]);
  });
});

describe('the man page', () => {
  requires('mandoc');

  it('packaging/plumb.1 is as mdoc(7) has to be', () => {
    const { stdout, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', 'packaging/plumb.1'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

function jsonPage(): string {
  return `# JSON

\`plumb list\`, \`homes\`, \`show\`, \`sync\`, \`registry\`, \`history\`, \`hosts\`, \`panes\`, \`dead\`, \`nudge\`, \`signal\`, \`wait\`, \`claim\`, \`route\` and \`why\` with \`-o json\` print one object. Its keys are never missing: what is not known is
null. \`u64\` columns are decimal strings, since JSON's numbers cannot hold them; times are RFC 3339 in UTC. A text whose
bytes are not UTF-8 carries U+FFFD, and \`<name>_base64\` with the exact bytes beside it.

| key | what it is |
|---|---|
| \`schema_version\` | 1; a change that breaks readers raises it |
| \`observed_at\` | when the kernel was asked |
| \`host\` | \`id\`, \`boot_id\`, \`booted_at\`, \`pid_namespace\`, \`time_namespace\`: who was asked, and from where |
| \`coverage\` | \`source\`: what all processes were read from, \`procfs\` or \`bpf\`; \`complete\`, and \`reasons\`: what could not be seen, as \`code\`, \`count\` and \`pids\` |
| \`sessions\`, \`homes\` | the rows of \`list\`, \`homes\` and \`show\` |
| \`registry\`, \`rows\` | of \`registry\`: the database, and the rows |
| \`registry\`, \`dry_run\`, \`changes\`, \`held\`, \`kept\`, \`ambiguous\`, \`unchanged\` | of \`sync\`: what was written, held back, and left as it was |
| \`registry\`, \`events\` | of \`history\`, which asks no kernel: \`observed_at\`, \`host\` and \`coverage\` are not there |
| \`registry\`, \`hosts\` | of \`hosts\`, in the same way |
| \`claim\`, \`considered\` | of \`claim\` and \`route\` without a command; where no session is free, \`considered\` is in the error on stderr |
| \`registry\`, \`unknown\`, \`dead\` | of \`dead\`: the database, how many rows cannot be told, and the dead ones |
| \`outcome\`, \`signal\`, \`processes\`, \`left\`, \`complete\` | of \`signal\`: \`sent\`, which signal, to whom, who was left; \`complete\` is false where /proc hides processes; and which session it was |
| \`outcome\` | of \`wait --for exit\`: \`exited\`, and the columns of that row beside it |
| \`outcome\`, \`activity\` | of \`wait --for idle\`: \`idle\`, what it does, as \`show\` has it, and which session it is; of \`wait --for output\`: \`output\`, and which session it is |
| \`outcome\`, \`transport\`, \`typed\`, \`byte_count\`, \`message\` | of \`nudge\`: \`delivered\` or \`uncertain\`; which session it was; a refusal is an error on stderr, with its reason as code |
| \`${KERNEL_RELATIONS.map(({ name }) => name).join('`, `')}\` | the rows of the command of that name ([relations.md](relations.md)); of \`show\`, those of the sessions with the columns of its table, null where they were not read in time |
| \`why\` | of \`why\`: the answer, its sessions, and the processes on the way |
| \`servers\`, \`panes\` | of \`panes\`: the multiplexers, and their panes |

\`plumb doctor -o json\` prints \`schema_version\` and \`findings\`; \`plumb bpf status -o json\` \`schema_version\`, \`directory\`, \`pins\` and
\`requirements\`, \`install\` \`outcome\`, \`directory\`, \`mounted\` and \`pins\`, \`remove\` \`outcome\`, \`directory\`, \`removed\`, \`left\` (\`path\`, \`why\`) and \`unmounted\`.

\`-o ndjson\` prints the rows alone, one object a line with the same keys, and none where there are none: \`list\` those of
sessions, \`homes\`, \`panes\`, \`registry\`, \`history\`, \`hosts\` and \`dead\` theirs, and every relation its own. What \`-o json\`
has beside them is missing; notes and errors are JSON lines on stderr: \`{"schema_version":1,"note":{"message":…}}\`. The
facts behind a session are there only with \`--columns evidence\`, or in \`show\`.

\`--columns\` leaves those columns in the rows, in the order in which they are named: \`--columns name,pane.id\` has
\`{"name":…,"pane":{"id":…}}\`.

${relation(SESSIONS)}

${relation(ACTIVITY)}

${relation(HOMES)}

${relation(REGISTRY)}

${relation(CHANGES)}

${relation(KEPT)}
${relation(AMBIGUOUS)}

${relation(HISTORY)}

${relation(HOSTS)}

${relation(CLAIM)}

${relation(CONSIDERED)}
${relation(DEAD)}

${relation(ACTED)}

${relation(SIGNALLED)}

${relation(LEFT)}

${relation(EXITED)}
${relation(PANES)}

${relation(PANE_SERVERS)}

${relation(WHY)}

${relation(FINDINGS)}

${relation(PINS)}

${relation(REQUIREMENTS)}

${relation(INSTALLED_PINS)}

## coverage.reasons

Codes marked * are told, and do not make a look incomplete: what they leave out cannot be a session.

| code | what it counts |
|---|---|
${Object.entries(COVERAGE_REASONS).map(reason).join('\n')}
`;
}

function relationsPage(): string {
  return `# Relations

What the kernel tracks beside the sessions, each a table of its own that is read when it is asked for, each row joined to
the session that it belongs to ([how that is known](sessions-of-rows.md)): \`plumb NAME\` prints it, \`plumb NAME SESSION\` what belongs to one session, and
\`--columns\` chooses. In JSON the keys are as in [json.md](json.md), and the rows stand under the relation's name.

${KERNEL_RELATIONS.map(kernelRelation).join('\n\n')}

## Beside the classic tools

Every row is the tool's, field by field (test/live, test/e2e/mix.test.ts), except that

| tool | tells otherwise |
|---|---|
| \`lslocks\` | names who has called flock(2), though it may have ended and others hold on; -1 for a lock of an open file description; no row of a lease breaker |
| \`ss -tunap\` | cuts a name at \`)\`; writes \`*\` where the address stands for any, and the interface's name behind an address |
| \`findmnt\` | decodes \`\\054\` and \`\\134\` in options, which can then not be told from those between them |
| \`ip route\`, \`ip rule\` | \`default\` and \`all\` are \`0.0.0.0/0\` and \`::/0\` here, one address has its prefix length, and rules are rows among the routes |
`;
}

function kernelRelation({ name, row, doc, needs, shown, columns, instead }: KernelRelation): string {
  const lines = columns.map((column) => {
    const unit = column.unit === null ? '' : `, in ${column.unit}`;
    return `| \`${column.name}\`${shown.includes(column.name) ? ' *' : ''} | ${column.type} | ${column.doc}${unit} | ${column.source} |`;
  });
  return `## ${name}

One row is ${row}. ${doc}

Needs: ${needs}. Columns marked * are those of the table.

| column | type | what it is | source |
|---|---|---|---|
${lines.join('\n')}${instead ? `\n\n${kernelRelation(instead.relation)}` : ''}`;
}

function relation<Row>({ name, doc, columns }: Relation<Row>): string {
  const rows = columns.flatMap((column) => describeField(column, ''));
  return `## ${name}\n\n${doc}\n\n| column | type | what it is |\n|---|---|---|\n${rows.join('\n')}`;
}

function describeField(field: Omit<Field, 'value' | 'rows'>, within: string): string[] {
  const unit = field.unit === null ? '' : `, in ${field.unit}`;
  const name = `${within}${field.name}`;
  const own = `| \`${name}\` | ${field.type} | ${field.doc}${unit} |`;
  const inner = 'columns' in field ? (field.columns as readonly Field[]) : [];
  const below = `${name}${field.type === 'list' ? '[].' : '.'}`;
  return [own, ...inner.flatMap((it) => describeField(it, below))];
}

function reason([code, meaning]: [string, string]): string {
  const harmless = (HARMLESS_REASONS as ReadonlySet<string>).has(code);
  return `| \`${code}\`${harmless ? ' *' : ''} | ${meaning} |`;
}
