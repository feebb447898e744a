#!/usr/bin/env node
// Starts agents in panes of tmux, each in its home; one that has a pane is started anew in it: node start.mjs NAME…
import fs from 'node:fs';
import path from 'node:path';
import { tmux } from './runner.mjs';

const homes = path.resolve(process.env.RUNNER_HOMES ?? 'homes');
const agent = [process.execPath, path.join(import.meta.dirname, 'agent.mjs')];

for (const name of process.argv.slice(2)) {
  const home = path.join(homes, name);
  fs.mkdirSync(home, { recursive: true });
  if (hasPane(name)) tmux('respawn-pane', '-k', '-t', `=${name}:`, '-c', home, ...agent);
  // The pane of an agent that has ended stays, with what it said at last.
  else tmux('new-session', '-d', '-s', name, '-c', home, ...agent, ';', 'set-option', '-g', 'remain-on-exit', 'on');
}

function hasPane(name) {
  try {
    tmux('has-session', '-t', `=${name}`);
    return true;
  } catch {
    return false;
  }
}
