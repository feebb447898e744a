import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';

// It stands for an agent: a Node program that waits for its user, as most of them are.
const AGENT = "process.stdout.write('ready\\n');\nprocess.stdin.resume();\nsetInterval(() => {}, 1 << 30);\n";

// An agent that replaces itself by its new version when it is told to: the process stays, the program changes.
const OLD_AGENT = '#!/bin/sh\ntrap \'exec "$@"\' USR1\nwhile :; do read -r line || :; done\n';

// A terminal that keeps its agent: what a supervisor, a shell loop or a multiplexer's respawn does.
const KEEPER = 'while :; do "$0" "$1"; done';

/**
 * Homes, a program called `claude` and terminals, all in a directory of their own.
 * The terminals are plain ptys, so that nothing but Node is needed: a terminal is one for the kernel, whoever opened it.
 */
export async function openStage(names) {
  const { spawn } = await loadPty();
  const directory = mkdtempSync(path.join(tmpdir(), 'plumbline-demo-'));
  const agent = path.join(directory, 'bin', 'claude');
  const homes = path.join(directory, 'agents');
  const terminals = new Set();
  const oldAgent = path.join(directory, 'old', 'claude');
  for (const program of [agent, oldAgent]) mkdirSync(path.dirname(program));
  writeFileSync(agent, AGENT);
  writeFileSync(oldAgent, OLD_AGENT, { mode: 0o755 });
  for (const name of names) mkdirSync(path.join(homes, name), { recursive: true });

  return {
    homes,
    /** Where the demo's registry lives. */
    state: path.join(directory, 'state'),
    /** @param kind `kept`: its terminal starts it anew; `old`: it can replace itself in place */
    start(name, kind = 'plain') {
      const agentLine = [proc.execPath, agent];
      const lines = { plain: agentLine, kept: ['/bin/sh', '-c', KEEPER, ...agentLine], old: [oldAgent, ...agentLine] };
      const [program, ...args] = lines[kind];
      const terminal = spawn(program, args, { cwd: path.join(homes, name) });
      terminals.add(terminal);
      terminal.onExit(() => terminals.delete(terminal));
    },
    /** Sends a signal as a shell's kill does, and shows the line. */
    run(command, ...args) {
      console.log(`$ ${[command, ...args].join(' ')}`);
      const signals = { '-9': 'SIGKILL', '-USR1': 'SIGUSR1' };
      proc.kill(args.at(-1), signals[args[0]] ?? 'SIGTERM');
    },
    close() {
      for (const { pid } of terminals) {
        try {
          // The terminal's whole process group: a keeper and its agent.
          proc.kill(-pid, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function loadPty() {
  try {
    return await import('@lydell/node-pty');
  } catch (error) {
    throw new Error('demo: the terminals come from @lydell/node-pty (npm ci), which does not load here', {
      cause: error,
    });
  }
}
