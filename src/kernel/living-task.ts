import type { ProcessStat } from '../model/process.ts';
import type { HeldProcess } from './procfs.ts';

/**
 * Where the first thread of a process has ended and others live, theirs is the cwd, the program and the terminal.
 *
 * Source: /proc/<pid>/task
 * Needs:  nothing
 * @returns what stands before the names of such files: empty, or `task/<tid>/`
 */
export function livingTask(held: HeldProcess, stat: ProcessStat): string {
  if (stat.state !== 'Z' || stat.threadCount < 2) return '';
  const tasks = held.list('task');
  const other = tasks.kind === 'value' ? tasks.value.find((tid) => tid !== String(stat.pid)) : undefined;
  return other === undefined ? '' : `task/${other}/`;
}
