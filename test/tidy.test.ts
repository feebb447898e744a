/** The rules of the house that a machine can check. ARCHITECTURE.md says why each is there. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');
const MAX_LINES = 300;

/** What a place may import; the longest matching prefix counts. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/model/': ['src/model/'],
  'src/kernel/parse/': ['src/model/', 'src/kernel/parse/'],
  'src/kernel/': ['src/model/', 'src/kernel/'],
  'src/identity/': ['src/model/', 'src/identity/'],
  'src/config/': ['src/model/', 'src/config/'],
  'src/observe-homes.ts': ['src/model/', 'src/kernel/', 'src/identity/'],
  'src/observe-panes.ts': ['src/model/', 'src/kernel/', 'src/panes/'],
  'src/observe.ts': [
    'src/model/',
    'src/kernel/',
    'src/identity/',
    'src/config/',
    'src/observe-homes.ts',
    'src/observe-panes.ts',
    'src/panes/',
  ],
  'src/panes/': ['src/model/', 'src/kernel/', 'src/panes/'],
  'src/act/': ['src/model/', 'src/kernel/', 'src/identity/', 'src/panes/', 'src/observe.ts', 'src/act/'],
  'src/registry/': ['src/model/', 'src/registry/'],
  'src/open-registry.ts': ['src/model/', 'src/kernel/native/', 'src/registry/'],
  'src/doctor/': [
    'src/model/',
    'src/kernel/',
    'src/panes/',
    'src/registry/',
    'src/sql/',
    'src/observe.ts',
    'src/doctor/',
  ],
  'src/keep-homes.ts': ['src/model/', 'src/kernel/', 'src/registry/'],
  'src/sync.ts': ['src/model/', 'src/kernel/', 'src/registry/', 'src/observe.ts', 'src/keep-homes.ts'],
  'src/sync-table.ts': ['src/model/', 'src/kernel/', 'src/registry/', 'src/observe.ts', 'src/sync.ts'],
  'src/watch/': [
    'src/model/',
    'src/kernel/',
    'src/panes/',
    'src/registry/',
    'src/sync.ts',
    'src/sync-table.ts',
    'src/watch/',
  ],
  'src/list-panes.ts': ['src/model/', 'src/kernel/', 'src/panes/', 'src/observe.ts'],
  'src/record.ts': ['src/model/', 'src/kernel/', 'src/identity/', 'src/observe.ts'],
  'src/look/': [
    'src/model/',
    'src/kernel/',
    'src/identity/',
    'src/panes/',
    'src/observe.ts',
    'src/observe-panes.ts',
    'src/look/',
  ],
  'src/why.ts': ['src/model/', 'src/look/', 'src/list-panes.ts', 'src/observe.ts'],
  'src/relations/': ['src/model/', 'src/look/', 'src/relations/'],
  'src/sql/': [
    'src/model/',
    'src/look/',
    'src/relations/',
    'src/registry/stored-text.ts',
    'src/observe.ts',
    'src/list-panes.ts',
    'src/sql/',
  ],
  'src/sql/statement/': ['src/registry/identifiers.ts', 'src/sql/sql-error.ts', 'src/sql/statement/'],
  'src/sql/protocol/': ['src/sql/sql-error.ts', 'src/sql/protocol/'],
  'src/sql/engine/': [
    'src/registry/identifiers.ts',
    'src/model/',
    'src/kernel/native/malloc.ts',
    'src/sql/sql-error.ts',
    'src/sql/protocol/',
    'src/sql/engine/',
    'src/sql/tables/live-table.ts',
  ],
  'src/serve/': ['src/model/', 'src/kernel/', 'src/sql/', 'src/serve/'],
  'src/fdw/': ['src/model/', 'src/registry/', 'src/sql/', 'src/fdw/'],
  'src/fdw/bpf/': ['src/model/', 'src/identity/', 'src/registry/', 'src/fdw/'],
  'src/cli/': ['src/'],
  'src/index.ts': ['src/'],
};

/** Places outside src/kernel/ that speak of /proc to people, and open nothing. */
const TELLS_OF_PROC = [
  'src/fdw/bpf/',
  'src/relations/',
  'src/look/why-',
  'src/act/run.ts',
  'src/identity/claims.ts',
  'src/act/exit-cause.ts',
  'src/identity/evidence.ts',
  'src/identity/end-evidence.ts',
  'src/panes/evidence.ts',
  'src/identity/activity-evidence.ts',
  'src/model/coverage.ts',
  'src/model/errors.ts',
  'src/doctor/examine.ts',
  'src/act/run.ts',
  'src/act/exit-cause.ts',
  'src/cli/commands/signal.ts',
];

/** What asks remote file systems (docs/adr/0003-a-child-asks-remote-file-systems.md) and multiplexers, and runs under a claim. */
const STARTS_CHILDREN = ['src/kernel/remote-stat.ts', 'src/panes/client.ts', 'src/act/run.ts'];

interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const files = sourceFiles('src');
const own = files.filter(({ name }) => !name.endsWith('.test.ts'));

describe('tidy', () => {
  it('imports follow the arrows', () => {
    const wrong = own.flatMap((file) => {
      const allowed = arrowsOf(file.name);
      return file.imports
        .filter((it) => it.startsWith('src/') && !allowed.some((prefix) => it.startsWith(prefix)))
        .map((it) => `${file.name} imports ${it}`);
    });
    expect(wrong).toEqual([]);
  });

  it('no import cycles, types included', () => {
    expect(cycles(new Map(own.map(({ name, imports }) => [name, imports])))).toEqual([]);
  });

  it('the pure folders use nothing of Node', () => {
    const pure = own.filter(({ name }) => /^src\/(?:model|identity|kernel\/parse|relations)\//.test(name));
    const wrong = pure.filter(({ imports, code }) => {
      return imports.some((it) => it.startsWith('node:')) || /Date\.now|globalThis\.process|new Date\(\)/.test(code);
    });
    expect(names(wrong)).toEqual([]);
  });

  it('only src/kernel/ opens /proc', () => {
    const wrong = own.filter(({ name, code }) => {
      return (
        !name.startsWith('src/kernel/') && !TELLS_OF_PROC.some((it) => name.startsWith(it)) && /['"`]\/proc/.test(code)
      );
    });
    expect(names(wrong)).toEqual([]);
  });

  it('children are started in few places', () => {
    const wrong = own.filter(({ name, imports }) => {
      return imports.includes('node:child_process') && !STARTS_CHILDREN.includes(name);
    });
    expect(names(wrong)).toEqual([]);
  });

  it('only src/cli/ prints, ends the program or reads its arguments and environment', () => {
    const wrong = own.filter(({ name, code }) => {
      return !name.startsWith('src/cli/') && /\bconsole\.|process\.(?:exit|argv|env|stdout|stderr)/.test(code);
    });
    expect(names(wrong)).toEqual([]);
  });

  it('no variable is named process, and files have a size that can be read', () => {
    const renamed = files.filter(({ code }) =>
      /\b(?:const|let|var|function)\s+process\b|[(,]\s*process[:,)]/.test(code),
    );
    const long = [...files, ...sourceFiles('test'), ...['bench', 'bet', 'soak'].flatMap(sourceFiles)].filter(
      ({ text }) => {
        return text.split('\n').length > MAX_LINES;
      },
    );
    expect([...names(renamed), ...names(long)]).toEqual([]);
  });

  it('every export says what it is', () => {
    const wrong = own.flatMap(({ name, text }) => {
      const mute =
        /(?<!\*\/\n)(?<=^|\n)export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|interface|const|type) (\w+)/g;
      return [...text.matchAll(mute)].map(([, symbol]) => `${name}: ${symbol}`);
    });
    expect(wrong).toEqual([]);
  });

  it('parsers name their source and units, readers of the kernel the rights they need', () => {
    const parsers = own.filter(({ name }) => name.startsWith('src/kernel/parse/'));
    const readers = own.filter(({ name, text }) => {
      return /^src\/kernel\/[^/]+\.ts$/.test(name) && /^ \* Source: /m.test(text);
    });
    expect(readers.length).toBeGreaterThan(5);
    const without = (tag: string) => (file: SourceFile) => !file.text.includes(` * ${tag}: `);
    expect(names([...parsers.filter(without('Source')), ...parsers.filter(without('Units'))])).toEqual([]);
    expect(names(readers.filter(without('Needs')))).toEqual([]);
  });
});

function sourceFiles(folder: string): SourceFile[] {
  const place = path.join(ROOT, folder);
  if (!fs.existsSync(place)) return [];
  return fs
    .readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => readSource(`${folder}/${file}`));
}

function readSource(name: string): SourceFile {
  const text = fs.readFileSync(path.join(ROOT, name), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, target]) => target as string);
  return { name, text, code, imports: found.map((target) => resolve(name, target)) };
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? path.posix.join(path.posix.dirname(from), target) : target;
}

function arrowsOf(name: string): readonly string[] {
  const place = Object.keys(ARROWS)
    .filter((prefix) => name.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  if (place === undefined) throw new Error(`tidy: ${name} has no place in ARROWS`);
  return ARROWS[place] as readonly string[];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) found.push([...trail.slice(trail.indexOf(name)), name].join(' > '));
    if (trail.includes(name) || done.has(name)) return;
    for (const next of graph.get(name) ?? []) walk(next, [...trail, name]);
    done.add(name);
  };
  for (const name of graph.keys()) walk(name, []);
  return found;
}

function names(found: readonly SourceFile[]): string[] {
  return found.map(({ name }) => name);
}
