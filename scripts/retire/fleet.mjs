import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { nowMs, until } from './until.mjs';

/** The agents of the sample application: started by its own start.mjs, ended as agents end; each change is told to the truth. */
export class Fleet {
  #stage;
  #truth;

  constructor(stage, truth) {
    this.#stage = stage;
    this.#truth = truth;
  }

  /** Starts agents; one that runs is ended by that, and started anew in its pane. */
  async start(...names) {
    for (const name of names) {
      const before = this.#truth.now(name);
      this.#truth.begins(name, nowMs());
      await this.#stage.run('node', ['start.mjs', name]);
      const is = this.#inPane(name);
      await until(`${name} to run`, () => this.#runs(name, is.pid));
      if (before) await until(`${name} to end`, () => isGone(before.pid));
      this.#truth.ends(name, is, nowMs());
    }
  }

  /** Somebody else has started it: the truth is told where it is. */
  async found(name) {
    const is = this.#inPane(name);
    await until(`${name} to run`, () => this.#runs(name, is.pid));
    this.#truth.ends(name, is, nowMs());
  }

  /** Has it work for so long, and waits for that: it lives, and does not beat. */
  async busy(name, seconds) {
    const { pane } = this.#truth.now(name);
    const done = path.join(this.home(name), `done-${nowMs()}`);
    for (const words of [['-l', `sleep ${seconds}; touch ${done}`], ['Enter']])
      this.#stage.tmux('send-keys', '-t', pane, ...words);
    await until(`${name} to be done`, () => existsSync(done));
  }

  /** Ends one: SIGKILL tells it nothing. */
  async kill(name, signal = 'SIGKILL') {
    const { pid } = this.#truth.now(name);
    this.#truth.begins(name, nowMs());
    proc.kill(pid, signal);
    await until(`${name} to end`, () => isGone(pid));
    this.#truth.ends(name, null, nowMs());
  }

  /** The multiplexer dies, and takes all of them along. */
  async killServer() {
    const living = this.living();
    const server = Number(this.#stage.tmux('display-message', '-p', '-t', `=${living[0]}:`, '#{pid}'));
    for (const name of living) this.#truth.begins(name, nowMs());
    proc.kill(server, 'SIGKILL');
    const pids = living.map((name) => this.#truth.now(name).pid);
    await until('all to end', () => [server, ...pids].every(isGone));
    for (const name of living) this.#truth.ends(name, null, nowMs(), true);
  }

  living() {
    return this.#truth.names.filter((name) => this.#truth.now(name) !== null);
  }

  dead() {
    return this.#truth.names.filter((name) => this.#truth.now(name) === null);
  }

  home(name) {
    return path.join(this.#stage.app, 'homes', name);
  }

  #inPane(name) {
    const [pid, pane] = this.#stage
      .tmux('display-message', '-p', '-t', `=${name}:`, '#{pane_pid} #{pane_id}')
      .split(' ');
    return { pid: Number(pid), pane };
  }

  /** tmux has made a process; it is the agent once it runs its program in its home. */
  #runs(name, pid) {
    const isAgent = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('agent.mjs');
    return isAgent && readlinkSync(`/proc/${pid}/cwd`) === this.home(name);
  }
}

/** Whether a process has ended; a zombie has, whoever has to fetch it. */
function isGone(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return 'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}
