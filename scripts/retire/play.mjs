import { Fleet } from './fleet.mjs';
import { RIGHT_NOW } from './judge.mjs';
import { boundsAt, passesOf } from './passes.mjs';
import { askReaders } from './readers.mjs';
import { differences, shapeOf } from './shape.mjs';
import { Truth } from './truth.mjs';
import { nowMs, until } from './until.mjs';
import { Watching } from './watching.mjs';

const NAMES = ['ada', 'bob', 'cy', 'dee', 'eve'];
/** What happens in each phase, in turn; where beats keep the rows, and where plumbline does. */
const TROUBLES = { beats: ['kill', 'respawn'], kept: ['kill', 'server', 'respawn', 'busy', 'leave'] };

/** The migration, step by step, with what happens meanwhile. */
export class Play {
  /** What each phase was like. */
  phases = [];
  /** What the commands of the page have printed, by their text. */
  outputs = new Map();
  #stage;
  #steps;
  #truth = new Truth();
  #fleet;
  #watching;
  #keeper = 'beats';
  #turn = 0;
  #isQuick;

  /** @param isQuick leaves out what takes long: most of what beats get wrong, and agents that work for long */
  constructor(stage, steps, isQuick) {
    this.#isQuick = isQuick;
    this.#stage = stage;
    this.#steps = steps;
    this.#fleet = new Fleet(stage, this.#truth);
    this.#watching = new Watching(stage, this.#truth);
  }

  /** Step 0: the application as it was, with what it gets wrong. */
  async begin() {
    for (const name of NAMES) this.#truth.begins(name, nowMs());
    await this.#run(this.#steps.get('0').run);
    for (const name of NAMES) await this.#fleet.found(name);
    await this.#watching.again();
    await this.#watching.settled();
    for (const trouble of this.#isQuick ? ['server'] : ['kill', 'busy', 'server'])
      await this.#phase('0', 'as it was', trouble);
  }

  /** Does a step, undoes it, and does it again. */
  async step(number) {
    const { run, undo } = this.#steps.get(number);
    const before = this.#keeper;
    const after = keeperOf(number);
    if (number.startsWith('6')) await this.#silence();
    const shape = shapeOf(this.#stage);
    for (const [word, blocks, keeper] of [
      ['done', run, after],
      ['undone', undo, before],
      ['done again', run, after],
    ]) {
      // So that the commands of these steps have something to show: a death that nobody has noticed yet.
      if (word === 'done' && after === 'beats') await this.#dieSilently();
      await this.#change(blocks, keeper);
      const left = word === 'undone' ? differences(shape, shapeOf(this.#stage)) : [];
      if (left.length > 0) throw new Error(`step ${number}, undone: not as it was: ${left.join(', ')}`);
      // Of beats enough is seen where they are the subject.
      if (keeper === 'beats' && word !== 'done') await this.#phase(number, word, 'respawn');
      else await this.#phase(number, word);
    }
  }

  /** Does a step for good, with nothing happening meanwhile. */
  async go(number) {
    await this.#change(this.#steps.get(number).run, keeperOf(number));
  }

  /** The way back: undoes steps for good, the last one first. */
  async back(numbers) {
    const keepers = new Map(numbers.map((number, index) => [number, index === 0 ? 'beats' : this.#keeper]));
    for (const number of numbers.toReversed()) {
      await this.#change(this.#steps.get(number).undo, keepers.get(number));
    }
    await this.#phase(numbers[0], 'all undone');
  }

  /** What the application looks like at the end: nothing is left of sweeper, beats and last_seen. */
  async end(name) {
    const words = ['-rnE', 'last_seen|sweep|beat', '-i', '--include=*.mjs', '--include=schema.sql', '.'];
    const { code, out } = await this.#stage.run('grep', words, { mayFail: true });
    const column = `select count(*) from pg_attribute where attrelid = 'public.agents'::regclass and attname = 'last_seen'`;
    const columns = Number(this.#stage.sql(column));
    this.ended = { name, isGone: code === 1 && columns === 0, found: out, columns };
    this.phases.push({ end: this.ended });
  }

  async close() {
    await this.#watching.end();
  }

  /** Runs the commands of a step, and waits until the rows are right by whoever keeps them then. */
  async #change(blocks, keeper) {
    const stays = keeper === this.#keeper;
    await this.#run(blocks);
    this.#keeper = keeper;
    await this.#watching.again();
    // What is asked from here on counts, and where plumbline kept the rows before as well, so does what was asked meanwhile.
    if (!stays) this.#forget();
    await this.#watching.settled();
    // Of beats nobody says when they will have the rows right: they count from when they have.
    if (keeper === 'beats') this.#forget();
  }

  /** All live, and one dies. */
  async #dieSilently() {
    const [dead] = this.#fleet.dead();
    if (dead !== undefined) await this.#fleet.start(dead);
    await this.#watching.settled();
    await this.#fleet.kill(this.#fleet.living()[this.#turn % NAMES.length]);
  }

  async #run(blocks) {
    for (const block of blocks) {
      // Both in one stream, in the order in which a person sees them.
      const { out } = await this.#stage.run('sh', ['-euc', `exec 2>&1\n${block}`]);
      if (!this.outputs.has(block)) this.outputs.set(block, out);
      // A reader that runs for long is started anew with its new program, before anything relies on that.
      if (block.includes('readers.patch') || block.includes('live-view.patch')) await this.#watching.again();
      // Agents take a change of their program when they are started next.
      if (block.includes('beats.patch')) for (const name of this.#fleet.living()) await this.#fleet.start(name);
    }
  }

  /** Before the column goes nobody may beat any more: three beats long nobody has. */
  async #silence() {
    const lately = `last_seen > now() - make_interval(secs => ${3 * this.#stage.beatSeconds})`;
    const beating = `select count(*) from public.agents where ${lately}`;
    await until('the last beat to be old', () => this.#stage.sql(beating) === '0');
  }

  #forget() {
    this.#watching.take(() => RIGHT_NOW);
  }

  /** Something happens, and the readers are asked. */
  async #phase(step, word, trouble = this.#nextTrouble()) {
    await this.#trouble(trouble);
    if (this.#keeper === 'watch') await this.#looked(trouble === 'server');
    const problems = await askReaders(this.#stage, this.#fleet, this.#truth, `t${++this.#turn}`);
    await this.#watching.settled();
    const reads = this.#watching.take(this.#boundsAt());
    this.phases.push({ step, word, keeper: this.#keeper, trouble, problems, ...reads });
  }

  /** How far back what is read at a moment may be. Of beats nobody promises anything. */
  #boundsAt() {
    if (this.#keeper !== 'watch') return () => RIGHT_NOW;
    const passes = passesOf(this.#stage.log);
    return (askedMs) => boundsAt(passes, askedMs);
  }

  /** Waits until the watch has seen what has happened so far, which is all that it promises. */
  async #looked(isMass) {
    const fromMs = nowMs();
    await until('the watch to look', () => {
      const atMs = nowMs();
      const { backMs, heldBackMs } = boundsAt(passesOf(this.#stage.log), atMs);
      return atMs - (isMass ? heldBackMs : backMs) >= fromMs;
    });
  }

  #nextTrouble() {
    const all = TROUBLES[this.#keeper === 'beats' ? 'beats' : 'kept'].filter((it) => !this.#isQuick || it !== 'busy');
    return all[this.#turn % all.length];
  }

  async #trouble(kind) {
    const fleet = this.#fleet;
    const [dead] = fleet.dead();
    const living = fleet.living();
    const victim = living[this.#turn % living.length];
    if (kind === 'kill' || kind === 'leave') {
      await fleet.kill(victim, kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
      if (dead !== undefined) await fleet.start(dead);
    } else if (kind === 'respawn') await fleet.start(victim);
    else if (kind === 'busy') await fleet.busy(victim, 3 * this.#stage.beatSeconds + 1);
    else if (kind === 'server') {
      await fleet.killServer();
      await this.#watching.more(2);
      // In another order: the number of a pane is another one's now. And one stays dead.
      await fleet.start(...NAMES.toReversed().slice(1));
    }
  }
}

/** Who keeps the rows once a step is done. */
function keeperOf(number) {
  if (number.endsWith('v')) return 'view';
  return Number(number) < 3 ? 'beats' : 'watch';
}
