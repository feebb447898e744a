import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { postgresVersions } from '../../test/makers/postgres-cluster.ts';
import { hasEnded, processTable } from '../../test/makers/process-table.ts';
import { requires } from '../../test/makers/requires.ts';
import { makeScratch } from '../../test/makers/scratch.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { BetDatabase } from './database.ts';

describe('the database of the bet', () => {
  requires('root', 'postgres', 'setpriv', 'unshare');

  it('leaves no shared memory behind where all of it is killed at once', async () => {
    const [scratch, before] = [makeScratch(), segments()];
    const database = new BetDatabase(postgresVersions().at(-1)?.bin ?? '', path.join(scratch, 'pg'));
    await database.make();
    const server = database.serverPid() ?? 0;
    const named = fs.readFileSync(`/proc/${server}/maps`, 'utf8').match(/\/dev\/shm\/\S+/g) ?? [];
    const pids = [server, ...processTable().flatMap(({ pid, ppid }) => (ppid === server ? [pid] : []))];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await waitFor('all to end', () => pids.every(hasEnded));
    expect(named.filter((it) => fs.existsSync(it))).toEqual([]);
    // The process that has made a segment stands in the fifth column.
    const isIts = (line: string) => pids.includes(Number(line.trim().split(/\s+/)[4]));
    expect(segments().filter((line) => !before.includes(line) && isIts(line))).toEqual([]);
  });
});

function segments(): string[] {
  return fs.readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1);
}
