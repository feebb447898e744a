import type { KernelRelation } from './kernel-relation.ts';
import { PROCESSES } from './processes.ts';

const KEY = ['pid', 'start_time_ticks', 'boot_id', 'session'];
const ARGUMENTS = ['argv', 'full_argv'];

/**
 * The command lines of all processes, for wires on which a column cannot be left out until it is asked for: who wants
 * them has to name them.
 */
export const PROCESS_ARGUMENTS: KernelRelation = {
  ...PROCESSES,
  name: 'process_arguments',
  row: 'a process',
  summary: 'the command line of every process',
  doc: 'What every process was started with; everything else about it stands in processes.',
  needs: 'nothing; under hidepid other users are not seen at all',
  shown: [...KEY, ...ARGUMENTS],
  columns: PROCESSES.columns.filter(({ name }) => KEY.includes(name) || ARGUMENTS.includes(name)),
};
