import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** What everything is run with: programs made for this run, and where the populations live. */
export interface Workshop {
  readonly directory: string;
  /** Runs a command and measures it. */
  readonly meter: string;
  readonly floor: string;
  readonly population: string;
  readonly idle: string;
  /** The same program as `idle`, under the name that is looked for. */
  readonly session: string;
  /** Reads single keys. */
  readonly reader: string;
  readonly scanChild: string;
  readonly relationChild: string;
  readonly lookChild: string;
  readonly bpfChild: string;
  /** Reads a pinned iterator. */
  readonly iterator: string;
  /** Makes file locks. */
  readonly lockers: string;
  /** The built command, or null where `npm run build` has not been run. */
  readonly plumb: string | null;
}

/** The name of the sessions' program. */
export const COMMAND = 'claude';

/** Compiles the C programs of bench/native into the directory that the bundle was put into. */
export function openWorkshop(directory: string): Workshop {
  const make = (name: string, flags: readonly string[] = []) => compile(directory, name, flags);
  // Ten thousand static programs start three times as fast as dynamic ones, where the C library offers that.
  const idle = attempt(() => make('idle', ['-static'])) ?? make('idle');
  const session = path.join(directory, COMMAND);
  fs.copyFileSync(idle, session);
  const { bin } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { bin: { plumb: string } };
  const plumb = path.resolve(bin.plumb);
  return {
    directory,
    meter: make('meter'),
    floor: make('floor'),
    population: make('population'),
    idle,
    session,
    reader: make('reader'),
    scanChild: path.join(directory, 'scan-child.mjs'),
    relationChild: path.join(directory, 'relation-child.mjs'),
    lookChild: path.join(directory, 'look-child.mjs'),
    bpfChild: path.join(directory, 'bpf-child.mjs'),
    iterator: make('iterator'),
    lockers: make('lockers'),
    plumb: fs.existsSync(plumb) ? plumb : null,
  };
}

function compile(directory: string, name: string, flags: readonly string[]): string {
  const program = path.join(directory, name);
  const source = path.resolve('bench/native', `${name}.c`);
  try {
    execFileSync('cc', ['-O2', ...flags, '-o', program, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new Error(`bench needs a C compiler as \`cc\`, and could not compile ${source}: ${String(error)}`);
  }
  return program;
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
