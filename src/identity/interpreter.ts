import type { ByteString } from '../model/text.ts';

/** Where an interpreter's command line names what it runs. */
export interface ScriptArgument {
  readonly index: number;
  /**
   * Whether it cannot be the value of an option that we do not know, which may be a secret: only a certain one is
   * shown. One that is not certain may still be compared with the configured commands.
   */
  readonly certain: boolean;
}

/** What programs are called that are known by the script they run. */
export const INTERPRETER = /^(?:(?:node|nodejs|bun|deno|python|ruby|perl)[0-9.]*|(?:ld-linux|ld-musl)[\w.-]*)$/;
/** How the names of scripts end. */
export const SCRIPT_ENDING = /\.(?:[cm]?[jt]sx?|py|rb|pl)$/;
/** A file or a module, and not program text, an assignment or a sentence. */
export const PLAIN_NAME = /^(?:\.{0,2}\/(?:.*\/)?)?[^\s'"`=;(){}<>|&$\\]{1,4096}$/;

/** How an interpreter's options are read. Names as they are written: `-r`, `--require`. */
export interface Grammar {
  /** Take the next argument. */
  readonly value: ReadonlySet<string>;
  /** Hold the program themselves, here or in the next argument: there is no script. */
  readonly code: ReadonlySet<string>;
  /** Letters of `value` and `code` that may stand in a cluster: `-uc`. Null: short options stand alone. */
  readonly cluster: RegExp | null;
  /** Names what is run: `-m`. */
  readonly module: string | null;
  /** Words that stand before the script, and words after which there is none. */
  readonly before: ReadonlySet<string>;
  readonly instead: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' ').filter((word) => word !== ''));

function grammar(value: string, code: string, rest: Partial<Grammar> = {}): Grammar {
  const none = words('');
  return { value: words(value), code: words(code), cluster: null, module: null, before: none, instead: none, ...rest };
}

/** `node --help` of 20, 22 and 24 tells those of Node; all others that take a value take it behind a `=`. */
const NODE = grammar(
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
  '-e --eval -p --print -pe --run',
);
const DENO = grammar(
  '-c --config --import-map --cert --location --lock -L --log-level --seed --ext --node-modules-dir',
  '',
  { before: words('run serve'), instead: words('eval repl task') },
);
const BUN = grammar(
  '-c --config --cwd -r --preload --env-file --port -d --define -l --loader --tsconfig-override -F',
  '-e --eval -p --print',
  { before: words('run x'), instead: words('exec repl') },
);
/** In a cluster the letters before these take nothing, and what follows them is theirs. */
const PYTHON = grammar('-W -X -Q --check-hash-based-pycs', '-c', {
  cluster: /^-[^-WXQcm]*([WXQcm])(.*)$/s,
  module: '-m',
});
const PERL = grammar('-I', '-e -E', { cluster: /^-[^-IMmFDCVixeE]*([IMmFDCVixeE])(.*)$/s });
const RUBY = grammar('-I -r -C -E --encoding --external-encoding --internal-encoding', '-e', {
  cluster: /^-[^-IrCEFKTWixe]*([IrCEFKTWixe])(.*)$/s,
});
const LOADER = grammar('--library-path --preload --argv0 --inhibit-rpath --audit', '');

/** By the beginnings of their names; whatever else is an interpreter is read as the first one. */
export const GRAMMARS: readonly (readonly [RegExp, Grammar])[] = [
  [/^node/, NODE],
  [/^deno/, DENO],
  [/^bun/, BUN],
  [/^python/, PYTHON],
  [/^perl/, PERL],
  [/^ruby/, RUBY],
  [/^ld-/, LOADER],
];

/** True for programs that are known by the script they run. */
export function isInterpreter(name: ByteString): boolean {
  return INTERPRETER.test(name);
}

/** A script's name without its ending. */
export function withoutEnding(script: ByteString): ByteString {
  return script.replace(SCRIPT_ENDING, '');
}

/** Which argument of an interpreter is the script or the module; null where there is none, or only program text. */
export function scriptArgument(argv: readonly ByteString[], interpreter: ByteString): ScriptArgument | null {
  const rules = GRAMMARS.find(([name]) => name.test(interpreter))?.[1] ?? NODE;
  let afterOption = false;
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] as ByteString;
    if (!argument.startsWith('-')) {
      if (rules.instead.has(argument)) return null;
      if (rules.before.has(argument)) {
        afterOption = false;
        continue;
      }
      return named(argv, i, !afterOption);
    }
    if (argument === '--') return named(argv, i + 1, true);
    if (argument === '-') return null;
    const { name, isWhole } = readOption(argument, rules);
    if (rules.code.has(name)) return null;
    if (name === rules.module) return isWhole ? named(argv, i + 1, true) : null;
    const takesNext = rules.value.has(name) && isWhole;
    if (takesNext) i++;
    const isKnown = takesNext || argument.includes('=') || (rules.cluster !== null && /^-[^-]/.test(argument));
    afterOption = !isKnown;
  }
  return null;
}

/** Which option an argument is, and whether it is only that: a value may be glued to it. */
function readOption(argument: ByteString, { cluster }: Grammar): { readonly name: string; readonly isWhole: boolean } {
  const found = cluster?.exec(argument);
  if (found) return { name: `-${found[1]}`, isWhole: found[2] === '' };
  const [name = argument] = argument.split('=', 1);
  return { name, isWhole: name === argument };
}

function named(argv: readonly ByteString[], index: number, isNoValue: boolean): ScriptArgument | null {
  const argument = argv[index];
  if (argument === undefined) return null;
  const looksLikeOne = argument.includes('/') || SCRIPT_ENDING.test(argument);
  return { index, certain: PLAIN_NAME.test(argument) && (isNoValue || looksLikeOne) };
}
