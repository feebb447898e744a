import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../../../test/makers/postgres.ts';
import { requires } from '../../../test/makers/requires.ts';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { type Peer, PostgresPeer, readyCount, told } from '../../../test/makers/sql-peers.ts';
import { talksIn } from '../../../test/makers/talks.ts';

const [version] = postgresVersions().slice(-1);

describe('beside Postgres', () => {
  requires('postgres');
  const sessions = useSessions();
  const postgres = usePostgres(version ?? { major: 0, bin: '' }, ['timezone=UTC', 'default_transaction_read_only=on']);
  let path = '';
  beforeAll(() => {
    path = `${postgres().socketDirectory}/.s.PGSQL.${postgres().port}`;
  });
  const open: Peer[] = [];
  afterEach(() => {
    for (const peer of open.splice(0)) peer.end();
  });

  describe.each(['transactions', 'settings', 'cursors', 'extended'])('%s', (file) => {
    it.each(talksIn(`${file}.talk`))('$name', async ({ steps }) => {
      const theirs = await PostgresPeer.connect(path, { user: 'plumbline_test', database: 'postgres' });
      const ours = sessions().open();
      open.push(theirs, ours);
      await ours.session.start();
      for (const { label, frames } of steps) {
        const answer = await ours.ask(frames);
        const expected = await theirs.ask(frames, readyCount(answer));
        expect([label, ...told(answer)]).toEqual([label, ...told(expected)]);
      }
    });
  });
});
