// A session of the bet: it registers as well as it can in every way at once, and does what the harness wants of it.
// `node .../bet-agent NAME`, in a pane, in its home.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tty from 'node:tty';
import { startProgram } from '../exec.ts';
import { BEAT_SECONDS } from '../systems/agent-tables.ts';
import { AGENT_ROLES } from '../world/contract.ts';
import { BeatQueue } from './beat-queue.ts';
import { eat, hang, LateWork } from './deeds.ts';
import { PidFileKeeper } from './pid-file-keeper.ts';
import { TableBeats } from './table-beats.ts';
import type { AgentOrder, AgentSettings } from './talk.ts';
import { openTruthLink } from './truth-link.ts';

/** A database that is away does not keep anybody from ending. */
const GOODBYE_MS = 3000;

const [program = '', name = ''] = process.argv.slice(1);
const settings = JSON.parse(
  fs.readFileSync(path.join(path.dirname(program), 'bet-agent.json'), 'utf8'),
) as AgentSettings;
const self = { name, host: os.hostname(), pid: process.pid, pane: ownPane };

const link = openTruthLink(settings.truthSocket, self, obey);
const work = new LateWork((ms) => link.say({ says: 'late', ms }));
const queue = new BeatQueue({
  isBusy: () => work.isGoingOn,
  done: (beat, cpuMs) => link.say({ says: 'beat', beat, cpuMs }),
});
const tables = AGENT_ROLES.map((role) => {
  return new TableBeats({ role, seconds: BEAT_SECONDS[role], database: settings.database, self, queue });
});
const pidFile = new PidFileKeeper(settings.pidFiles, { ...self, pane: ownPane() }, queue);

let isEnding = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end());
process.on('SIGHUP', () => {
  if (!settings.ignoring.includes(name)) void end();
});
// It reads what is typed. Whatever becomes of its terminal, it is not what ends it.
process.stdin.on('error', () => {}).resume();
process.stdout.on('error', () => {});
pidFile.write();
for (const table of tables) table.begin();

/** The clean end: it says goodbye wherever it has registered. */
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  const goodbyes = [pidFile.remove(), ...tables.map((table) => table.end())];
  const patience = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
  await Promise.race([Promise.all(goodbyes), patience]);
  await link.sayLast({ says: 'leaving' });
  process.exit(0);
}

function obey(order: AgentOrder): void {
  if (order.order === 'exit') void end();
  else if (order.order === 'exec') void startProgram(process.execPath, process.argv);
  else if (order.order === 'exec-shell') void startProgram('/bin/sh', ['sh']);
  else if (order.order === 'hang') hang();
  else if (order.order === 'eat') eat();
  else if (order.order === 'ping') link.say({ says: 'pong' });
  else if (order.order === 'work') work.begin(order.ms);
}

/** `bet-a %3`, as tmux has told it; nothing once that terminal is gone. */
function ownPane(): string | null {
  const { TMUX = '', TMUX_PANE = '' } = process.env;
  const [socket = ''] = TMUX.split(',');
  return socket !== '' && TMUX_PANE !== '' && tty.isatty(0) ? `${path.basename(socket)} ${TMUX_PANE}` : null;
}
