import fs from 'node:fs';
import path from 'node:path';
import { install } from './c-program.ts';

/** Programs that write down what reaches them, and what each of their incarnations has got. */
export interface Receivers {
  /** A copy of the program under a name of its own: the command that it is a session by. */
  readonly program: (name: string) => string;
  /** The words that start it: what it gets is kept under `log`. */
  readonly run: (name: string, log: string, mode?: 'cooked' | 'deaf' | 'stays') => string[];
  /** What incarnations that log so have read, by `pid.start`. */
  readonly received: (log: string) => Map<string, string>;
  /** How many SIGUSR1 each has got. */
  readonly signals: (log: string) => Map<string, number>;
}

/** Makes receivers that log into a directory, which every user can write. */
export function makeReceivers(directory: string): Receivers {
  fs.mkdirSync(directory, { recursive: true });
  fs.chmodSync(directory, 0o777);
  const program = (name: string) => {
    const file = path.join(directory, name);
    return fs.existsSync(file) ? file : install('receiver', file);
  };
  const logs = (log: string, end: string) => {
    const pattern = new RegExp(`^${log}\\.(\\d+\\.\\d+)\\.${end}$`);
    return fs.readdirSync(directory).flatMap((name) => {
      const key = pattern.exec(name)?.[1];
      return key === undefined ? [] : [[key, fs.readFileSync(path.join(directory, name), 'latin1')] as const];
    });
  };
  return {
    program,
    run: (name, log, mode) => [program(name), path.join(directory, log), ...(mode ? [mode] : [])],
    // A log ends with pages that nothing was read into.
    received: (log) => new Map(logs(log, 'in').map(([key, text]) => [key, text.replace(/\0+$/, '')])),
    signals: (log) => new Map(logs(log, 'usr1').map(([key, text]) => [key, text.length])),
  };
}
