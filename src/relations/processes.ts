import { readProcesses } from '../look/processes.ts';
import { toText } from '../model/text.ts';
import { kernelRelation } from './kernel-relation.ts';
import { JOINED_BY, SESSION } from './session-columns.ts';

const STAT = '/proc/<pid>/stat';

/** Every process. */
export const PROCESSES = kernelRelation({
  name: 'processes',
  row: 'a process',
  summary: 'every process, and the session that it counts to',
  doc: 'One row a process.',
  needs: 'nothing',
  shown: ['pid', 'ppid', 'comm', 'session'],
  columns: [
    { name: 'pid', type: 'integer', unit: null, doc: 'the process id', source: STAT, value: (it) => it.stat.pid },
    { name: 'ppid', type: 'integer', unit: null, doc: 'its parent', source: STAT, value: (it) => it.stat.ppid },
    { name: 'comm', type: 'text', unit: null, doc: 'its name', source: STAT, value: (it) => toText(it.stat.comm) },
    SESSION,
    JOINED_BY,
  ],
  rows: readProcesses,
});
