/**
 * Scripts of somebody else's table: rows, a machine, and what one look makes of both.
 *
 *   map pid status terminal       the mapped columns; each is called like its kind
 *   host here | this-host         whose rows they are
 *   claim ada pid=110 status=running terminal=pts/0 pane=work:1.0+%7 observed_at=TIME       (+ is a blank)
 *   pane ada work:1.0 %7          in which pane the session is; `none`, or `unknown`
 *   <the lines of a story>
 *   expect
 *   <what differs, and the rows after a sync>
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { observe } from '../../src/observe.ts';
import { type Claim, decodeClaims, incumbentsOfClaims } from '../../src/registry/table/claim.ts';
import { driftOfTable } from '../../src/registry/table/drift.ts';
import { planTable } from '../../src/registry/table/plan.ts';
import { inPanes, type Panes, panesIn } from '../stories/panes.ts';
import { parseStory } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/tables');
const OWN = new Set(['map', 'pane', 'claim', 'this-host', 'insert', 'self-pidns']);

interface TableScript {
  readonly mapping: TableMapping;
  readonly claims: readonly Claim[];
  readonly story: ReturnType<typeof parseStory>;
  /** plumb is in a pid namespace of its own. */
  readonly isInNamespace: boolean;
  readonly panes: Panes;
  readonly expected: string;
}

function parseTableScript(text: string): TableScript {
  const [told = '', expected = ''] = text.split(/^expect$\n/m);
  const lines = told.split('\n');
  const verb = (line: string) => line.trim().split(/\s+/, 1)[0] ?? '';
  const own = lines.filter((line) => OWN.has(verb(line)));
  const [map] = own.filter((line) => verb(line) === 'map');
  const kinds = (map ?? 'map pid').split(/\s+/).slice(1);
  const hasStatus = kinds.includes('status');
  const mapping: TableMapping = {
    table: 'agents',
    key: 'name',
    columns: { pid: 'pid', ...Object.fromEntries(kinds.map((kind) => [kind, kind])) },
    alive: hasStatus ? ['running', 'idle'] : [],
    dead: hasStatus ? ['dead'] : [],
    thisHost: own.some((line) => verb(line) === 'this-host'),
    insert: own.some((line) => verb(line) === 'insert'),
    touchSeconds: null,
  };
  const rows = own
    .filter((line) => verb(line) === 'claim')
    .map((line) => {
      const [, key = '', ...fields] = line.split(/\s+/);
      const values = Object.fromEntries(fields.map((field) => field.replaceAll('+', ' ').split(/=(.*)/s).slice(0, 2)));
      const ms = (time: string | undefined) => (time === undefined ? null : String(Date.parse(time)));
      const all = Object.fromEntries(kinds.map((kind) => [kind, values[kind] ?? null]));
      return { key, ...all, started_ms: ms(values['started_at']), observed_ms: ms(values['observed_at']) };
    });
  return {
    mapping,
    claims: decodeClaims({ rows, count: rows.length }, mapping),
    story: parseStory(lines.filter((line) => !OWN.has(verb(line))).join('\n')),
    isInNamespace: own.some((line) => verb(line) === 'self-pidns'),
    panes: panesIn(own),
    expected: expected.trim(),
  };
}

async function run({ mapping, claims, story, isInNamespace, panes }: TableScript): Promise<string> {
  const scene = sceneOf(story);
  for (const { pid } of claims) {
    if (pid === null || scene.exists.has(pid)) continue;
    scene.exists.set(pid, false);
    scene.missing.set(`open proc/${pid}`, 'ENOENT');
  }
  if (isInNamespace) scene.links.set(`proc/${story.self}/ns/pid`, 'pid:[4026533000]');
  const { homes, commands, terminal } = story;
  const incumbents = incumbentsOfClaims(claims);
  const machine = replayMachine(scene);
  const snapshot = await observe({ homes, commands, terminal, hostId: 'here', incumbents, machine });
  const plan = planTable(inPanes(snapshot, panes), claims, mapping);
  const lines = driftOfTable(plan, mapping).map(({ name, kind, column, registry, kernel, verdict, reason }) => {
    const change = column === null ? '' : ` ${column} ${registry ?? '-'} → ${kernel ?? '-'}`;
    return `${name}: ${kind}, ${verdict}:${change} (${reason})`;
  });
  const held = plan.held.map(({ name }) => `held ${name}`);
  const after = new Map(claims.map(({ name, values }) => [name, values]));
  for (const { name, values } of plan.changes) after.set(name, { ...after.get(name), ...values });
  const rows = [...after].map(([name, values]) => {
    return `  ${name} ${Object.entries(values)
      .map(([kind, value]) => `${kind}=${value ?? '-'}`)
      .join(' ')}`;
  });
  return [...lines, ...held, ...rows].join('\n');
}

describe("planTable() makes somebody else's rows say what the kernel says", () => {
  it.each(fs.readdirSync(FIXTURES).sort())('%s', async (file) => {
    const place = path.join(FIXTURES, file);
    const text = fs.readFileSync(place, 'utf8');
    const script = parseTableScript(text);
    const told = await run(script);
    if (globalThis.process.env['UPDATE_STORIES']) {
      fs.writeFileSync(place, text.replace(/^expect\n[\s\S]*/m, `expect\n${told}\n`));
    } else expect(told).toBe(script.expected);
  });
});
