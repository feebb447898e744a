import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PROGRAM = path.join(ROOT, JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).bin.plumb);

/** How long a session may take to appear or to go, on a busy machine. */
const PATIENCE_MS = 8000;

/** The real command, as it was built, with options that all calls share, and a registry in a directory of the demo's. */
export function plumb(options, stateDirectory) {
  if (!existsSync(PROGRAM)) throw new Error(`demo: ${PROGRAM} is missing; npm run build makes it`);
  const start = (args, output) => {
    const env = { ...proc.env, XDG_STATE_HOME: stateDirectory };
    return spawn(proc.execPath, [PROGRAM, ...args, ...options], { stdio: ['ignore', output, output], env });
  };
  const json = async (...args) => {
    const child = start([...args, '-o', 'json'], 'pipe');
    const [stdout, stderr, [, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
    if (stdout === '') throw new Error(`demo: plumb ${args[0]} gave no answer: ${stderr || signal}`);
    return JSON.parse(stdout);
  };

  return {
    json,
    /** Shows the command and what it prints, straight to our own output. */
    async show(...args) {
      console.log(`$ plumb ${[...args, ...options].map(quote).join(' ')}`);
      await ended(start(args, 'inherit'));
    },
    /** Looks until it sees what is expected, and answers with the sessions. */
    async until(isThere, what) {
      const deadline = Date.now() + PATIENCE_MS;
      while (Date.now() < deadline) {
        const { sessions } = await json('list');
        if (isThere(sessions)) return sessions;
        await sleep(50);
      }
      throw new Error(`demo: waited ${PATIENCE_MS / 1000} s in vain for ${what}`);
    },
  };
}

async function ended(child) {
  const end = await once(child, 'exit');
  // Ctrl-C in a terminal reaches it as well as us, and maybe before us.
  if (end[1] === 'SIGINT') proc.exit(130);
  return end;
}

function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
