// Hot path: the whole command, piped. Compared with the shell script that operators use today, and with ps.
import proc from 'node:process';
import { type Contender, meter } from './harness/measure.ts';
import type { Population } from './harness/population.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

export const LIST = 'plumb list';
export const SCRIPT = 'the shell script';
export const PS = 'ps -eo pid,tty,args';

/** It starts two programs a session, so it takes seconds where the others take a part of one. */
const SCRIPT_ROUNDS = 3;

/** The script as it is in use, word for word. */
const SCRIPT_TEXT =
  `ps -eo pid,tty,comm | awk '/pts\\// && / ${COMMAND}/' | awk '{print $1}' | while read pid; do ` +
  'cwd=$(readlink /proc/$pid/cwd 2>/dev/null); ' +
  '[ -n "$cwd" ] && echo -e "$(basename $cwd)\\t$pid\\t$cwd"; done';

/** The contenders of this path; without a built command only those that it is compared with. */
export function listContenders(workshop: Workshop, { homes }: Population): readonly Contender[] {
  const { plumb } = workshop;
  const list = ['list', '--home', `${homes}/*`, '--command', COMMAND];
  const commands: Contender[] = [
    { name: SCRIPT, rounds: SCRIPT_ROUNDS, run: () => meter(workshop, ['bash', '-c', SCRIPT_TEXT]) },
    // It lists processes, not sessions.
    { name: PS, run: async () => ({ ...(await meter(workshop, ['ps', '-eo', 'pid,tty,args'])), found: null }) },
  ];
  if (plumb === null) return commands;
  return [{ name: LIST, run: () => meter(workshop, [proc.execPath, plumb, ...list]) }, ...commands];
}
