import type { ProcessFacts } from '../model/process.ts';
import { type ByteString, basename } from '../model/text.ts';

/** The names by which a running program can be recognised. */
export interface Program {
  readonly comm: ByteString;
  /** The program file's name, else what the program was called as, else comm. */
  readonly file: ByteString;
  /** The first argument's base name, without a login shell's dash; null where there are no arguments. */
  readonly calledAs: ByteString | null;
  /** What an interpreter was given to run: the script's base name, or the module; null for other programs. */
  readonly script: ByteString | null;
}

const INTERPRETER = /^(?:(?:node|nodejs|bun|deno|python|ruby|perl)[0-9.]*|(?:ld-linux|ld-musl)[\w.-]*)$/;
const SCRIPT_ENDING = /\.(?:[cm]?[jt]s|py|rb|pl)$/;

/** How an interpreter's options are read: which take the next argument, and which hold the program themselves. */
interface OptionTable {
  readonly value: ReadonlySet<string>;
  readonly code: ReadonlySet<string>;
}

const table = (value: string, code: string): OptionTable => ({
  value: new Set(value.split(' ')),
  code: new Set(code.split(' ')),
});

/** `node --help` of 20, 22 and 24 tells those of Node; all others that take a value take it behind a `=`. */
const NODE = table(
  '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title ' +
    '--disable-warning --unhandled-rejections --input-type --inspect-port --debug-port --stack-trace-limit ' +
    '--trace-event-categories --trace-event-file-pattern --trace-require-module --icu-data-dir --allow-fs-read ' +
    '--allow-fs-write --build-snapshot-config --cpu-prof-dir --cpu-prof-interval --cpu-prof-name --diagnostic-dir ' +
    '--disable-proto --dns-result-order --experimental-default-type --experimental-policy --policy-integrity ' +
    '--experimental-sea-config --heap-prof-dir --heap-prof-interval --heap-prof-name --heapsnapshot-signal ' +
    '--heapsnapshot-near-heap-limit --inspect-publish-uid --max-http-header-size --openssl-config ' +
    '--network-family-autoselection-attempt-timeout --redirect-warnings --report-dir --report-directory ' +
    '--report-filename --report-signal --secure-heap --secure-heap-min --snapshot-blob --test-concurrency ' +
    '--test-name-pattern --test-reporter --test-reporter-destination --test-shard --test-timeout --tls-cipher-list ' +
    '--tls-keylog --use-largepages --watch-path --localstorage-file --experimental-config-file',
  '-e --eval -p --print -pe',
);
const OPTIONS: readonly (readonly [RegExp, OptionTable])[] = [
  [/^node/, NODE],
  [
    /^deno/,
    table('-c --config --import-map --cert --location --lock -L --log-level --seed --ext --node-modules-dir', ''),
  ],
  [
    /^bun/,
    table('-c --config --cwd -r --preload --env-file --port -d --define -l --loader --tsconfig-override -F', '-e'),
  ],
  [/^python/, table('-W -X -Q --check-hash-based-pycs', '-c')],
  [/^perl/, table('-I', '-e -E')],
  [/^ruby/, table('-I -r -C -E --encoding --external-encoding --internal-encoding', '-e')],
  [/^(?:ld-linux|ld-musl)/, table('--library-path --preload --argv0 --inhibit-rpath --audit', '')],
];
/** Words that stand before the script of an interpreter that has commands of its own. */
const SUBCOMMANDS = new Set(['run', 'x', 'exec', 'serve']);

/** Works out under which names a process may be known. */
export function programOf(facts: ProcessFacts): Program {
  const argv = facts.argv.kind === 'value' ? facts.argv.value : [];
  const comm = facts.stat.comm;
  const calledAs = argv[0] ? basename(argv[0]).replace(/^-/, '') : null;
  const exe = facts.exe.kind === 'value' ? basename(facts.exe.value.path).replace(/ \(deleted\)$/, '') : null;
  // A program may write a whole title over its name, and only the first word of that is one.
  const file = exe ?? calledAs?.split(' ', 1)[0] ?? comm;
  const interpreter = isInterpreter(file) || (calledAs !== null && isInterpreter(calledAs));
  return { comm, file, calledAs, script: interpreter ? scriptOf(argv, file) : null };
}

/** True for programs that are known by the script they run. */
export function isInterpreter(name: ByteString): boolean {
  return INTERPRETER.test(name);
}

/** What to call the program in a list: the script of an interpreter, else its own name. */
export function displayName(program: Program): ByteString {
  if (program.script) return program.script;
  return isInterpreter(program.file) ? program.comm : program.file;
}

/** The names that a command may be, longest known first; a script also without its ending. */
export function namesOf(program: Program): ByteString[] {
  const names = [program.file, program.comm];
  if (program.calledAs) names.push(program.calledAs);
  if (program.script) names.push(program.script, program.script.replace(SCRIPT_ENDING, ''));
  return names;
}

/** Which argument of an interpreter is the script or the module; null where there is none. */
export function scriptIndex(argv: readonly ByteString[], interpreter: ByteString): number | null {
  const hasSubcommands = interpreter.startsWith('deno') || interpreter.startsWith('bun');
  const options = OPTIONS.find(([name]) => name.test(interpreter))?.[1] ?? NODE;
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] as ByteString;
    if (argument === '--' || (argument === '-m' && interpreter.startsWith('python'))) {
      return i + 1 < argv.length ? i + 1 : null;
    }
    if (options.code.has(argument)) return null;
    if (options.value.has(argument)) i++;
    else if (!argument.startsWith('-') && !(hasSubcommands && SUBCOMMANDS.has(argument))) return i;
  }
  return null;
}

function scriptOf(argv: readonly ByteString[], interpreter: ByteString): ByteString | null {
  const index = scriptIndex(argv, interpreter);
  return index === null ? null : basename(argv[index] as ByteString);
}
