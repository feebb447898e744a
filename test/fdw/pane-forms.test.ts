import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/fdw/names.ts';
import { paneFunctions } from '../../src/fdw/pane-sql.ts';
import type { Pane } from '../../src/model/pane.ts';
import { toText } from '../../src/model/text.ts';
import { quoteLiteral } from '../../src/registry/identifiers.ts';
import { storedText } from '../../src/registry/stored-text.ts';
import { type PaneForm, paneValue } from '../../src/registry/table/pane-forms.ts';
import { databaseOf } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

/** Every form that a row can have, right and wrong, and what has none. */
const STORED = [
  ...[
    null,
    '',
    ' ',
    '%7',
    ' %7 ',
    '%8',
    'work:1.0 %7',
    'work:1.0 %8',
    'other:2.1 %7',
    'work:1.0',
    'other:2.1',
    'work:2.0',
  ],
  ...[
    'work:1',
    'other:2',
    'work',
    'other',
    'work:editor',
    'w\\o:1.0',
    'w\\\\o:1.0',
    'w\\o',
    '4711.work',
    '4711.work:0',
  ],
  ...['4711.work:?', '4711.work:1', '4712.work:0', '4712.work', 'work:0', '12', '%', 'a b:3.4 %9', 'a\nb:1.0', '%7\n'],
];

const pane = (multiplexer: string, id: string | null, address: string, alsoAt: readonly string[] = []): Pane => ({
  multiplexer,
  id,
  address: toText(address),
  alsoAt: alsoAt.map(toText),
  server: { pid: 1, startTimeTicks: 1n, innerPid: 1, uid: 0, gid: 0, socket: '/s', program: '/p' },
  firstPid: null,
});

const PANES: readonly Pane[] = [
  pane('tmux', '%7', 'work:1.0'),
  pane('tmux', '%7', 'work:1.0', ['other:2.1']),
  pane('tmux', '%9', 'a b:3.4'),
  pane('tmux', '%7', 'w\\o:1.0'),
  pane('tmux', '%7', 'w\xff:1.0'),
  pane('screen', '0', '4711.work:0'),
  pane('screen', '1', '4711.work:1'),
  pane('screen', null, '4711.work'),
];

const USUAL: readonly PaneForm[] = ['id', 'both', 'address', 'window', 'session'];
const TERMINAL = { name: 'pts/1', dev: 1n, index: 1, ttyNr: 34817, rdev: 34817n };

describe.each(postgresVersions().slice(-1))('panes as rows write them, in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it.each(USUAL)('are written as plumb sync writes them where most rows say %s', (usual) => {
    const name = databaseOf(server().createDatabase());
    const names = namesOf('kernel');
    server().psql(['create schema kernel_hosts;', ...paneFunctions(names).statements].join('\n'), name);
    const cases = STORED.flatMap((stored) =>
      PANES.flatMap((it) => USUAL.map((usual) => ({ stored, pane: it, usual }))),
    );
    const asked = cases.map(({ stored, pane: { multiplexer, id, address, alsoAt } }, n) => {
      return { n, stored, multiplexer, id, address: storedText(address), also_at: alsoAt.map(storedText) };
    });
    const answer = server().psql(
      `select jsonb_agg(kernel_hosts.pane_value(stored, '${usual}', multiplexer, id, address, also_at) order by n)
       from jsonb_to_recordset(${quoteLiteral(JSON.stringify(asked))}) as it (
         n integer, stored text, multiplexer text, id text, address text, also_at text[]
       )`,
      name,
    );
    const wanted = cases.map(({ stored, pane: its }) => {
      const sight = { kind: 'pane', pane: its, links: [] } as const;
      const value = paneValue({ pane: sight, terminal: TERMINAL }, stored, () => usual);
      // What is not known stays as it is.
      return { stored, address: its.address.text, value: value === undefined ? stored : value };
    });
    const got = (JSON.parse(answer) as (string | null)[]).map((value, index) => ({ ...wanted[index], value }));
    expect(got).toEqual(wanted);
  });
});
