import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { databaseOf, installInto } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';

describe.each(postgresVersions().slice(-1))('plumb fdw of machines that are down, in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  const well = usePostgres(version);
  const killed = usePostgres(version);

  it('tells of them, and asks the others only where that is wanted', async () => {
    const hung = await hangingServer();
    const url = server().createDatabase();
    const sql = (text: string) => server().psql(text, databaseOf(url));
    const up = fakeEndpoint(well(), 'up');
    const dead = fakeEndpoint(killed(), 'dead');
    for (const it of [up, dead]) it.rows('homes', [{ name: 'ada', verdict: 'none' }]);
    const { verified } = await installInto(url, [
      `up=${up.url}`,
      `dead=${dead.url}`,
      `hung=127.0.0.1:${hung.port},id=hung`,
    ]);
    expect(verified).toEqual([
      expect.stringMatching(/^hung \(127\.0\.0\.1:\d+\) cannot be asked from there: .*timeout expired/),
    ]);
    await killed().kill();
    const hosts = sql(
      `select host_id, up, replace(error, E'\\n', ' '), complete from kernel.hosts order by name`,
    ).split('\n');
    expect(hosts).toEqual([
      expect.stringMatching(/^dead\|f\|could not connect to server "kernel_dead": .*No such file or directory/),
      expect.stringMatching(/^hung\|f\|could not connect to server "kernel_hung": .*timeout expired/),
      'up|t||t',
    ]);
    expect(() => sql('select * from kernel.processes')).toThrow('could not connect');
    const asked = 'select host_id, pid from kernel.processes where host_id = any (kernel.up())';
    const before = await hung.connections();
    expect(sql(asked)).toBe('up|1');
    // The probe is the one connection that is tried, however often the statement asks which machines are up.
    expect((await hung.connections()) - before).toBe(1);
    // A driver plans and executes it with two messages, at two times.
    const { default: pg } = await import('pg');
    const client = new pg.Client(url.replace('@/', '@localhost/'));
    await client.connect();
    onTestFinished(() => client.end());
    expect((await client.query(`${asked} and pid > $1`, [0])).rows).toEqual([{ host_id: 'up', pid: '1' }]);
    expect((await hung.connections()) - before).toBe(2);
    expect(sql(`explain (analyze, costs off, timing off) ${asked}`)).toContain('Subplans Removed: 2');
    expect(sql(`set plumbline.skip_down = on; select kernel.asked()`)).toBe('{up,NULL,NULL}');
    expect(sql(`set plumbline.skip_down = true; select kernel.asked()`)).toBe('{up,NULL,NULL}');
    expect(sql(`select kernel.asked()`)).toBe('{up,dead,hung}');
    await killed().start();
    expect(sql('select kernel.up()')).toBe('{up,dead,NULL}');
  });

  it('tells of one that gives a question up, and ends where it is given up here', async () => {
    const url = server().createDatabase();
    const slow = fakeEndpoint(well(), 'slow');
    await installInto(url, [slow.url]);
    slow.sql('alter table homes rename to h; create view homes as select h.* from pg_sleep(30) left join h on true');
    const sql = (text: string) => server().psql(text, databaseOf(url));
    expect(() => sql(`set statement_timeout = '500ms'; select * from kernel.hosts`)).toThrow('canceling statement');
    slow.sql(`alter database ${slow.database} set statement_timeout = '500ms'`);
    expect(sql('select name, up, error from kernel.hosts')).toBe(
      'local|f|canceling statement due to statement timeout',
    );
  });
});

/** Something that takes connections and never says a word. */
async function hangingServer(): Promise<{ readonly port: number; readonly connections: () => Promise<number> }> {
  const taken: net.Socket[] = [];
  const listener = net.createServer((socket) => {
    taken.push(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as net.AddressInfo;
  onTestFinished(() => {
    for (const socket of taken) socket.destroy();
    listener.close();
  });
  let own = 0;
  /** How many there were: they are taken in their order, so that one of our own comes after all of them. */
  const connections = async () => {
    const mine = net.connect(port, '127.0.0.1');
    await once(mine, 'connect');
    await waitFor('our own connection', () => taken.some(({ remotePort }) => remotePort === mine.localPort));
    mine.destroy();
    own++;
    return taken.length - own;
  };
  return { port, connections };
}
