// Sessions that start, move, restart and die on two hosts, watchers and a database that go away and come back, and every
// row compared with what is so at random moments.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { targetTable, toMarkdown, toPlain } from '../bench/harness/report.ts';
import { Random } from '../test/makers/random.ts';
import { GREAT_MISHAPS, SESSION_MISHAPS } from './deck.ts';
import { writeDocs } from './docs.ts';
import { Fleet } from './fleet.ts';
import { Listings } from './listings.ts';
import { Meters } from './meters.ts';
import { Mishaps } from './mishaps.ts';
import { readOptions, type SoakOptions, USAGE } from './options.ts';
import { Passes } from './passes.ts';
import { Pause } from './pause.ts';
import { Readings, type WrongAnswer } from './readings.ts';
import { type Measured, resultOf } from './result.ts';
import { Timeline } from './timeline.ts';
import { makeWorld, type World } from './world/world.ts';

/** The last changes are judged while nothing changes any more. */
const CALM_MS = 10_000;
/** What was over so long ago nobody asks for. */
const REMEMBERED_MS = 300_000;
/** So much before and after a wrong answer is told with it. */
const AROUND_MS = 15_000;
/** Wrong answers that are printed; `--out` writes all. */
const PRINTED = 20;

async function main(): Promise<number> {
  const options = understood(globalThis.process.argv.slice(2));
  if (options === null) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const about = `${new Date().toISOString().slice(0, 10)}, ${machine()}`;
  const world = await makeWorld(import.meta.dirname);
  const measured = await soak(world, options);
  const { tables, targets } = resultOf(measured);
  const command = `npm run soak -- --minutes ${options.seconds / 60} --sessions ${options.sessions} --seed ${options.seed}`;
  const shown = [...tables, targetTable(targets)];
  const heading = `${about}, ${world.database.version}: \`${command}\``;
  console.log([heading, ...shown.map(toPlain)].join('\n'));
  const wrong = [...measured.readings.wrong, ...measured.listings.wrong];
  for (const it of wrong.slice(0, PRINTED)) console.log(`\nWRONG ${JSON.stringify(it, null, 1)}`);
  for (const it of world.surprises) console.log(`surprise: ${it}`);
  if (options.out !== null) writeOut(options.out, measured, wrong, shown.map(toMarkdown).join('\n'));
  if (options.docs) writeDocs([`${heading}.`, '', ...shown.map(toMarkdown)].join('\n'));
  return targets.every(({ met }) => met) ? 0 : 1;
}

function understood(args: readonly string[]): SoakOptions | null {
  try {
    return readOptions(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    return null;
  }
}

async function soak(world: World, { seconds, sessions, seed }: SoakOptions): Promise<Measured> {
  const timeline = new Timeline(world.nowMs);
  const random = new Random(seed);
  const names = Array.from({ length: sessions }, (_, index) => `s${String(index + 1).padStart(3, '0')}`);
  const { homes, truth, programs, multiplexers, surprise } = world;
  const fleet = new Fleet({ names, homes, truth, timeline, programs, random, surprise });
  globalThis.process.stderr.write(`starting ${sessions} sessions…\n`);
  for (const [index, session] of fleet.sessions.entries()) {
    const multiplexer = multiplexers[index % multiplexers.length];
    if (multiplexer) await fleet.start(session, multiplexer);
  }
  await Promise.all(world.watchers.map((it) => it.start()));
  const [mishapsEnd, allEnd] = [new AbortController(), new AbortController()];
  const mishaps = new Mishaps(world, fleet, new Random(seed + 1), new Pause(mishapsEnd.signal));
  const passes = new Passes(world.database.logPath);
  const explain = explainer(world, mishaps);
  const readings = new Readings({ world, timeline, passes, names, random: new Random(seed + 2), explain });
  const listings = new Listings({ world, timeline, names, random: new Random(seed + 3), explain });
  const meters = new Meters(world);
  const pause = new Pause(allEnd.signal);
  const interrupt = () => mishapsEnd.abort();
  globalThis.process.on('SIGINT', interrupt);
  const fromMs = world.nowMs();
  const running = [
    readings.run(pause),
    listings.run(pause),
    meters.run(pause),
    progress(pause, { readings, listings, mishaps }),
  ];
  const forgetting = setInterval(() => timeline.forget(world.nowMs() - REMEMBERED_MS), 60_000);
  setTimeout(interrupt, Math.max(0, seconds * 1000 - CALM_MS)).unref();
  await mishaps.run(seconds * 1000 - CALM_MS);
  await new Pause(allEnd.signal).forMs(CALM_MS);
  const toMs = world.nowMs();
  allEnd.abort();
  await Promise.all(running);
  clearInterval(forgetting);
  const kinds = [...Object.keys(SESSION_MISHAPS), ...Object.keys(GREAT_MISHAPS)];
  const { happened } = mishaps;
  return { world, sessions, kinds, fromMs, toMs, happened, readings, listings, passes, meters };
}

async function progress(
  pause: Pause,
  seen: { readings: Readings; listings: Listings; mishaps: Mishaps },
): Promise<void> {
  const begun = performance.now();
  while (!pause.isOver) {
    await pause.forMs(30_000);
    const { counts } = seen.readings;
    const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
    const rows = `${counts.right} right, ${counts.unknown} unknown, ${counts.wrong} wrong`;
    const listed = `plumb list: ${seen.listings.asked}, ${seen.listings.wrong.length} wrong`;
    globalThis.process.stderr.write(
      `${minutes} min: ${seen.mishaps.happened.length} mishaps; rows: ${rows}; ${listed}\n`,
    );
  }
}

/** What else was going on: what happened to the session and to its surroundings, what its watcher said, and its events. */
function explainer(world: World, mishaps: Mishaps) {
  return (host: string, name: string, aroundMs: number): Readonly<Record<string, unknown>> => {
    const isNear = (fromMs: number, toMs: number) => fromMs < aroundMs + AROUND_MS && toMs > aroundMs - AROUND_MS;
    const near = mishaps.happened.filter((it) => isNear(it.fromMs, it.toMs));
    const watcher = world.watchers.find((it) => it.host.name === host);
    return {
      happened: near.filter(({ kind, of }) => of === name || kind in GREAT_MISHAPS),
      said: watcher?.said.filter(
        ({ atMs, line }) =>
          isNear(atMs, atMs) && ((name !== '' && line.includes(name)) || /held|registry|answer/.test(line)),
      ),
    };
  };
}

function writeOut(directory: string, measured: Measured, wrong: readonly WrongAnswer[], tables: string): void {
  fs.mkdirSync(directory, { recursive: true });
  const write = (name: string, value: unknown) => {
    fs.writeFileSync(path.join(directory, name), typeof value === 'string' ? value : JSON.stringify(value, null, 1));
  };
  const { readings, listings, meters, happened, passes, world } = measured;
  const { counts, failures, unknownMs, lateReturns } = readings;
  const { asked, compared, undecided } = listings;
  write('result.md', tables);
  write('wrong.json', wrong);
  write('late.json', readings.late);
  write('happened.json', happened);
  write(
    'samples.json',
    meters.watchers.map(({ rssMb, descriptors, cpu }) => ({ rssMb, descriptors, cpu })),
  );
  write(
    'passes.json',
    world.hosts.map(({ name }) => ({ host: name, passes: passes.of(name) })),
  );
  const answers = { counts, readings: readings.readings, failures, unknownMs, lateReturns, wrong: wrong.length };
  write('result.json', {
    answers,
    list: { asked, compared, undecided, wrong: listings.wrong.length },
    surprises: world.surprises,
  });
}

function machine(): string {
  const cpus = os.cpus();
  const tmux = execFileSync('tmux', ['-V'], { encoding: 'utf8' }).trim();
  return `Node ${globalThis.process.version}, Linux ${os.release()}, ${cpus.length} × ${cpus[0]?.model ?? '?'}, ${tmux}`;
}

globalThis.process.exit(await main());
