import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { judge, RIGHT_NOW } from './judge.mjs';
import { nowMs, until } from './until.mjs';

/** How long a typed line may take to be read: the agent may just be starting. */
const ARRIVES_MS = 10_000;

/**
 * Asks the application's own readers, as people do: status.mjs once, nudge.mjs for every agent there is, assign.mjs once.
 * @returns what was wrong, one sentence each; what was typed is looked for in the homes of all agents
 */
export async function askReaders(stage, fleet, truth, token) {
  return [
    ...(await askStatus(stage, truth)),
    ...(await Promise.all(truth.names.map((name) => askNudge(stage, fleet, truth, name, `${token}-${name}`)))).flat(),
    ...(await askAssign(stage, fleet, `${token}-task`)),
  ];
}

async function askStatus(stage, truth) {
  const askedMs = nowMs();
  const { out } = await stage.run('node', ['status.mjs']);
  const lines = out.split('\n').filter((line) => line !== '');
  const rows = lines.map((line) => line.split('\t')).map(([name, pid, pane]) => ({ name, pid: Number(pid), pane }));
  const { wrong } = judge({ askedMs, answeredMs: nowMs(), rows }, truth, RIGHT_NOW);
  return wrong.map(({ name, kind }) => `status.mjs: ${name}: ${kind}`);
}

async function askNudge(stage, fleet, truth, name, token) {
  const lives = truth.now(name) !== null;
  const { code, err } = await stage.run('node', ['nudge.mjs', name, `echo ${token} >>mail`], { mayFail: true });
  if (code !== 0) {
    // Not known is no wrong answer, and nobody was nudged by it.
    if (err.includes('has no pane')) return lives ? [] : [`nudge.mjs ${name}: called alive, and it is dead`];
    if (!err.includes('is not alive')) return [`nudge.mjs ${name}: ${/Error: (.*)/.exec(err)?.[1] ?? code}`];
    return lives ? [`nudge.mjs ${name}: refused, and it lives`] : [];
  }
  const reader = await readerOf(fleet, truth, token, lives);
  if (reader === name) return [];
  return [`nudge.mjs ${name}: typed, and ${reader === null ? 'nobody has read it' : `${reader} has read it`}`];
}

async function askAssign(stage, fleet, token) {
  const { code, out, err } = await stage.run('node', ['assign.mjs', `echo ${token} >>mail`], { mayFail: true });
  if (code !== 0) return [`assign.mjs: ${/Error: (.*)/.exec(err)?.[1] ?? code}`];
  const [name] = out.split('\t');
  const lives = fleet.living().includes(name);
  const reader = await readerOf(fleet, { names: [...fleet.living(), ...fleet.dead()] }, token, lives);
  if (reader !== name) return [`assign.mjs: gave a task to ${name}${lives ? '' : ', which is dead'}`];
  await until(
    `${name} to be free again`,
    () => stage.sql(`select task is null from agents where name = '${name}'`) === 't',
  );
  return [];
}

/** Who has read a line; null where nobody has, for which is waited only where somebody should. */
async function readerOf(fleet, { names }, token, isExpected) {
  const find = () => names.find((name) => mailOf(fleet, name).includes(token)) ?? null;
  if (!isExpected) return find();
  return until('a line to be read', find, ARRIVES_MS).catch(() => null);
}

function mailOf(fleet, name) {
  const file = path.join(fleet.home(name), 'mail');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}
