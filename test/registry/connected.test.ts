/** Which host is watched, as everybody can read it from the server. */
import { describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { startPooler } from '../makers/pooler.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { makeStateDirectory, openEmbedded, openServer } from './registries.ts';

leavesNothingBehind();

/** The server's processes that hold the lock of a host, as another command would ask. */
function holders(hostId: string): string {
  return `select string_agg(pid::text, ',') from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1
      and (classid::bigint << 32 | objid::bigint) = hashtextextended('plumbline:connected:${hostId}', 0)`;
}

describe.each(postgresVersions().slice(-1))('a connected host in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  const databaseOf = (url: string) => /@\/(\w+)\?/.exec(url)?.[1] ?? '';

  it('is one whose watch holds a lock once the rows are right, for as long as the connection lives', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const registry = await openRegistry({ url });
    const { pid } = await registry.connection();
    await registry.hold('here', []);
    expect(server().psql(holders('here'), databaseOf(url))).toBe('');
    await registry.announce('here');
    expect(server().psql(holders('here'), databaseOf(url))).toBe(pid);
    expect(server().psql(holders('elsewhere'), databaseOf(url))).toBe('');
    await registry.close();
    await waitFor('the lock to go', () => server().psql(holders('here'), databaseOf(url)) === '');
  });

  it('has one watcher: a second one is told who it is, and waiting does not mend it', async () => {
    const url = server().createDatabase();
    const first = await openServer(url);
    const second = await openServer(url);
    const { pid } = await first.connection();
    await first.hold('here', []);
    await second.hold('elsewhere', []);
    await expect(second.hold('here', [])).rejects.toMatchObject({
      code: 'registry',
      isTransient: false,
      message: expect.stringContaining(`another plumb watches host here (server process ${pid}`),
    });
  });

  it('is taken over from a connection of our own that the server has not missed yet', async () => {
    const url = server().createDatabase();
    const lost = await openServer(url);
    const former = await lost.connection();
    await lost.hold('here', []);
    await lost.announce('here');
    const next = await openServer(url);
    await next.hold('here', [former]);
    await next.announce('here');
    const { pid } = await next.connection();
    expect(server().psql(holders('here'), databaseOf(url))).toBe(pid);
  });

  it('needs a session of its own: behind a pooler it is refused', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const pooled = await openRegistry({ url: await startPooler(makeStateDirectory(), url) });
    await expect(pooled.connection()).rejects.toMatchObject({
      code: 'registry',
      isTransient: false,
      message: expect.stringContaining('a pooler stands between'),
    });
    expect((await pooled.read('here')).rows).toEqual([]);
    await pooled.close();
  });

  it('tells when the connection ends', async () => {
    const url = server().createDatabase();
    const registry = await openServer(url);
    const { pid } = await registry.connection();
    let hasEnded = false;
    registry.onEnd(() => {
      hasEnded = true;
    });
    server().psql(`select pg_terminate_backend(${pid})`);
    await waitFor('it to be told', () => hasEnded);
  });

  it('takes a server for gone that does not answer in time', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const registry = await openRegistry({ url, answerWithinMs: 200 });
    const error = await registry
      .script('select 1')
      .then(() => registry.script('select pg_sleep(60)'))
      .catch((it) => it);
    expect(error).toMatchObject({ code: 'registry', isTransient: true });
    await registry.close();
  });
});

describe('the embedded registry', () => {
  it('is held by its own lock, and can be watched like a server', async () => {
    const registry = await openEmbedded();
    await registry.connection();
    await registry.hold('here', []);
    await registry.announce('here');
    expect((await registry.read('here')).rows).toEqual([]);
  });
});
