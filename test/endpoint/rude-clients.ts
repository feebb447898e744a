import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { codeOf, connect, ENDLESS, type Soaking } from './soak-clients.ts';

/** How long an endless statement may run: somebody waits behind it meanwhile. */
const ENDLESS_MS = 200;

/** What a client does on connections of its own that others must not notice. */
export type Rudeness = (soaking: Soaking, number: number) => Promise<void>;

export const RUDE: Readonly<Record<string, Rudeness>> = {
  /** Statements that do not end, until their own time limit. */
  endless: (soaking) =>
    withClient(soaking, async (client) => {
      const { tally } = soaking;
      await client.query('begin');
      // For this one alone: what waits behind the endless ones of others takes longer.
      await client.query(`set local statement_timeout = ${ENDLESS_MS}`);
      tally.expect('endless', await codeOf(client, ENDLESS), '57014');
      await client.query('rollback');
      tally.expect('after an endless one', (await client.query('select 1 as one')).rows, [{ one: 1 }]);
      // So that others get their turn.
      await pause(500);
    }),

  /** The same, cancelled by another connection. */
  cancelled: (soaking) =>
    withClient(soaking, async (client) => {
      const { tally } = soaking;
      await client.query('begin');
      const failed = codeOf(client, ENDLESS);
      await pause(50);
      await cancel(soaking, client);
      tally.expect('cancelled', await failed, '57014');
      tally.expect('its transaction', await codeOf(client, 'select 1'), '25P02');
      await client.query('rollback');
      // One that comes when nothing runs is for nothing.
      await cancel(soaking, client);
      tally.expect('after it', (await client.query('select 2 as two')).rows, [{ two: 2 }]);
      await pause(500);
    }),

  /** A process that is killed while it waits for an answer, in the middle of a transaction. */
  killed: async ({ directory }, number) => {
    const script = `set application_name = 'killed'; begin; select 'begun'; declare c cursor for select 1; ${ENDLESS};`;
    const child = spawn('psql', ['-X', '-At', '-h', directory, '-d', 'plumbline'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    child.stdin.on('error', () => {});
    child.stdin.write(`${script}\n`);
    await once(child.stdout, 'data');
    await pause(20 + 10 * (number % 5));
    child.kill('SIGKILL');
    await ended;
    await pause(500);
  },

  /** A client that says no more, and still reads: it gets its answer. */
  halfClosed: async ({ directory, tally }) => {
    const socket = net.connect({ path: `${directory}/.s.PGSQL.5432`, allowHalfOpen: true });
    const pieces: Buffer[] = [];
    socket.on('data', (data) => pieces.push(data));
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    socket.write(startup());
    socket.end(query("select 'half' || '-closed' as it"));
    await closed;
    const text = Buffer.concat(pieces).toString('latin1');
    tally.expect('half-closed', text.includes('half-closed') && text.includes('SELECT 1'), true);
  },

  /** One that goes in the middle of a message, and one that says nothing at all. */
  torn: async ({ directory }, number) => {
    const silent = net.connect(`${directory}/.s.PGSQL.5432`);
    const socket = net.connect(`${directory}/.s.PGSQL.5432`);
    await Promise.all([once(silent, 'connect'), once(socket, 'connect')]);
    const bytes = Buffer.concat([startup(), query('select * from sessions')]);
    socket.on('error', () => {});
    socket.write(bytes.subarray(0, 5 + ((number * 7) % (bytes.length - 5))));
    await pause(20);
    socket.destroy();
    silent.destroy();
  },
};

async function withClient(soaking: Soaking, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = await connect(soaking);
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

/** Asks the server to end what a client runs, as the protocol has it. */
async function cancel({ directory }: Soaking, client: pg.Client): Promise<void> {
  // Its types do not tell of them.
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [index, word] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(word, index * 4);
  const socket = net.connect(`${directory}/.s.PGSQL.5432`);
  const closed = once(socket, 'close');
  socket.resume();
  socket.end(request);
  await closed;
}

function startup(): Buffer {
  const text = 'user\0anybody\0database\0plumbline\0\0';
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + text.length, 0);
  head.writeInt32BE(0x30000, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

function query(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(4 + Buffer.byteLength(text) + 1, 1);
  return Buffer.concat([head, Buffer.from(`${text}\0`)]);
}
