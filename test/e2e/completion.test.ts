/** Completion, asked of the shells themselves, with real sessions behind the names. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import * as pty from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { requires } from '../makers/requires.ts';
import { Fleet, PLUMB } from './plumb.ts';

const ODD = 'o dd:x';

let fleet: Fleet;
let env: Record<string, string>;

beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('adalbert'));
  await fleet.start(fleet.home(ODD));
  fleet.home('adeline');
  const config = fleet.path('config.toml');
  fs.writeFileSync(config, `homes = ["${fleet.path('agents/*')}"]\ncommands = ["${fleet.command}"]\n`);
  fs.mkdirSync(fleet.path('bin'));
  const command = `#!/bin/sh\nexec "${process.execPath}" "${PLUMB}" "$@"\n`;
  fs.writeFileSync(fleet.path('bin/plumb'), command, { mode: 0o755 });
  const PATH = `${fleet.path('bin')}:${process.env['PATH'] ?? ''}`;
  env = { PATH, HOME: fleet.directory, PLUMBLINE_CONFIG: config, TERM: 'xterm', LC_ALL: 'C.UTF-8' };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await fleet.plumb(['completion', shell]);
    expect(code).toBe(0);
    fs.writeFileSync(fleet.path(`plumb.${shell}`), stdout);
  }
});
afterAll(() => fleet.end());

/** What every shell must know, as somebody types it, and one of the words that are offered. */
const CASES: readonly (readonly [string, string])[] = [
  ['plumb sho', 'show'],
  ['plumb proc', 'processes'],
  ['plumb list --col', '--columns'],
  ['plumb list --columns verd', 'verdict'],
  ['plumb list --columns name,verd', 'name,verdict'],
  ['plumb processes --columns com', 'comm'],
  ['plumb list -o nd', 'ndjson'],
  ['plumb -o nd', 'ndjson'],
  ['plumb --terminal opt', 'optional'],
  ['plumb show adal', 'adalbert'],
  ['plumb show adel', 'adeline'],
  ['plumb processes adal', 'adalbert'],
  ['plumb --no-color pid adal', 'adalbert'],
  ['plumb signal adalbert TER', 'TERM'],
  ['plumb signal --tree adalbert TER', 'TERM'],
  ['plumb wait adalbert --for ex', 'exit'],
  ['plumb help exit', 'exit-codes'],
  ['plumb why po', 'port'],
  ['plumb connections --ses', '--session'],
  ['plumb locks --dead', '--deadlocks'],
  ['plumb connections --protocol tcp,ud', 'tcp,udp'],
  ['plumb routes --session adal', 'adalbert'],
  ['plumb completion fi', 'fish'],
];

describe('bash', () => {
  /** What bash offers for these words; the last one is completed. */
  function offered(words: readonly string[]): string[] {
    const script = `set -u; source "$1"; source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
complete -p plumb >&2
_plumb plumb; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', fleet.path('plumb.bash'), ...words], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('complete -F _plumb plumb\n');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it.each(CASES)('%s', (line, word) => {
    expect(offered(line.split(' '))).toContain(word);
  });

  it('offers the formats of the command, and no others', () => {
    expect(offered(['plumb', 'show', '-o', ''])).toEqual(['table', 'json']);
    expect(offered(['plumb', 'processes', '--output', '=', 'n'])).toEqual(['ndjson']);
    expect(offered(['plumb', 'pid', '-o', ''])).not.toContain('json');
  });

  it('offers no column twice', () => {
    const given = offered(['plumb', 'processes', '--columns', 'pid,p']);
    expect(given).toContain('pid,ppid');
    expect(given).not.toContain('pid,pid');
  });

  it('quotes a name, and replaces what bash thinks of as the last word', () => {
    expect(offered(['plumb', 'show', 'o'])).toEqual(['o\\ dd:x']);
    expect(offered(['plumb', 'show', 'o\\ dd', ':'])).toEqual(['x']);
  });

  it('acts on sessions alone, and shows the homes without one too', () => {
    expect(offered(['plumb', 'signal', ''])).toEqual(['adalbert', 'o\\ dd:x']);
    expect(offered(['plumb', 'show', ''])).toEqual(['adalbert', 'adeline', 'o\\ dd:x']);
  });

  it('says nothing where plumb cannot answer', () => {
    fs.writeFileSync(fleet.path('broken.toml'), 'homes = 3\n');
    const before = env;
    env = { ...env, PLUMBLINE_CONFIG: fleet.path('broken.toml') };
    onTestFinished(() => {
      env = before;
    });
    expect(offered(['plumb', 'show', ''])).toEqual([]);
  });
});

describe('fish', () => {
  requires('fish');

  it('knows the same words', () => {
    const script = 'source $argv[1]; for line in $argv[2..-1]; echo "> $line"; complete -C $line; end';
    const lines = [...CASES.map(([line]) => line), 'plumb show o', 'plumb show -o '];
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script, fleet.path('plumb.fish'), ...lines], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const answers = new Map(
      stdout
        .split(/^> /m)
        .slice(1)
        .map((answer) => {
          const [line = '', ...words] = answer.trimEnd().split('\n');
          return [line, words.map((word) => word.split('\t')[0])];
        }),
    );
    for (const [line, word] of CASES) expect(answers.get(line), line).toContain(word);
    expect(answers.get('plumb show o')).toEqual([ODD]);
    expect(answers.get('plumb show -o ')).toEqual(['json', 'table']);
  });
});

describe('zsh', () => {
  requires('zsh');

  it('completes the same lines', async () => {
    const terminal = pty.spawn('zsh', ['-f', '-i'], { cwd: fleet.directory, env, cols: 200, rows: 50 });
    onTestFinished(() => terminal.kill('SIGKILL'));
    let screen = '';
    terminal.onData((data) => {
      screen += data;
    });
    const answer = fleet.path('buffer');
    const setUp = [
      `autoload -U compinit && compinit -u -D && source ${fleet.path('plumb.zsh')}`,
      `tell() { print -rn -- "$BUFFER" >${answer}.new; mv ${answer}.new ${answer}; BUFFER=; }; zle -N tell`,
      "bindkey '^I' complete-word; bindkey '^O' tell; unsetopt beep; print rea''dy",
    ];
    terminal.write(`${setUp.join('; ')}\r`);
    await until(() => screen.includes('ready'));
    for (const [line, word] of CASES) {
      terminal.write(`${line}\t\x0f`);
      await until(() => fs.existsSync(answer));
      // It takes a = or a comma back where a space is typed.
      expect(
        fs
          .readFileSync(answer, 'utf8')
          .replace(/[=, ]*$/, '')
          .split(' ')
          .at(-1),
        line,
      ).toBe(word);
      fs.rmSync(answer);
    }
    terminal.write('plumb show o\t\x0f');
    await until(() => fs.existsSync(answer));
    expect(fs.readFileSync(answer, 'utf8').trimEnd()).toBe('plumb show o\\ dd:x');
  });
});

describe('plumb completion', () => {
  it('refuses a shell that it does not know, and a format', async () => {
    const { code, stderr } = await fleet.plumb(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
    expect((await fleet.plumb(['completion', 'bash', '-o', 'json'])).code).toBe(2);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not become true in 20 s');
}
