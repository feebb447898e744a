import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GRAMMARS, scriptArgument, withoutEnding } from '../../src/identity/interpreter.ts';
import { basename } from '../../src/model/text.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { electionSchema } from '../makers/sql-election.ts';

const INTERPRETERS = [
  'node',
  'nodejs20',
  'deno',
  'bun',
  'python3.11',
  'perl',
  'ruby',
  'ld-linux-x86-64.so.2',
  'ld-musl',
];

/** All that the grammars know, and what they may stumble on. */
const WORDS = [
  ...GRAMMARS.flatMap(([, it]) =>
    [...it.value, ...it.code, ...it.before, ...it.instead].flatMap((word) => [word, `${word}=x`]),
  ),
  ...[
    '--',
    '-',
    '',
    '-m',
    '-uW',
    '-uc',
    '-cx',
    '-Wx',
    '-m.x',
    '-We',
    '-Ilib',
    '-ne',
    '-n',
    '-x',
    '--inspect',
    '--a=b',
    '--a',
  ],
  ...[
    '/',
    '//',
    '/a/',
    '/a/b.js',
    './c.mjs',
    '../d.py',
    'e.rb',
    'f.tsx',
    'claude',
    'a b',
    "o'ne",
    'x=y',
    '/a b/c',
    '/a b/',
    '/a\nb/c',
  ],
  ...['a\xa0b', 'caf\xc3\xa9', '\x85', 'a\\b', '$x', 'a"b', '.js', '/.js', 'a\tb', '~', '/x\xff/y'],
];

describe.each(postgresVersions().slice(-1))('the script of an interpreter in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('is the one that TypeScript finds, whatever its options are', async () => {
    const database = await openPostgres(server().createDatabase(), {});
    onTestFinished(() => database.close());
    await database.script(electionSchema());
    const question = fc.tuple(fc.constantFrom(...INTERPRETERS), fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }));
    const asked = fc
      .sample(question, 5000)
      .map(([interpreter, rest]) => ({ interpreter, argv: [interpreter, ...rest] }));
    const { rows } = await database.query(
      `select to_json(kernel_hosts.script_of(
          array(select convert_from(decode(word, 'hex'), 'LATIN1') from jsonb_array_elements_text(it -> 'argv') with ordinality w (word, place) order by place),
          it ->> 'interpreter', true))::text as found,
        kernel_hosts.without_ending(convert_from(decode(it -> 'argv' ->> -1, 'hex'), 'LATIN1')) as short
      from jsonb_array_elements($1::jsonb) with ordinality asked (it, place) order by place`,
      [
        JSON.stringify(
          asked.map((it) => ({ ...it, argv: it.argv.map((word) => Buffer.from(word, 'latin1').toString('hex')) })),
        ),
      ],
    );
    for (const [place, { interpreter, argv }] of asked.entries()) {
      const found = scriptArgument(argv, interpreter);
      const right = found === null ? [] : [basename(argv[found.index] ?? ''), String(found.certain)];
      expect(JSON.parse(rows[place]?.['found'] ?? 'null'), JSON.stringify([interpreter, argv])).toEqual(right);
      expect(rows[place]?.['short']).toBe(withoutEnding(argv.at(-1) ?? ''));
    }
  });
});
