import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryInUse } from '../../../test/makers/memory-in-use.ts';
import { Random } from '../../../test/makers/random.ts';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { WireClient } from '../../../test/makers/wire-client.ts';
import {
  conversation,
  crowd,
  type FuzzTarget,
  GoodClient,
  inParallel,
  mutated,
  noise,
  visit,
} from '../../../test/makers/wire-fuzz.ts';
import { serverOf, type WireServer } from '../../../test/makers/wire-server.ts';
import { frontend } from '../../sql/protocol/frontend.ts';
import { encodeStartup } from '../../sql/protocol/startup-packet.ts';

/** Another each time: it stands in the title, and `PLUMBLINE_FUZZ_SEED` brings one back. */
const SEED = Number(globalThis.process.env['PLUMBLINE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const STATEMENTS = [
  'echo 1',
  'echo ä',
  'begin',
  'commit',
  'rows 100 1000',
  'rows 1000000 1000',
  'sleep',
  'nonsense',
  '',
  'fatal',
  'bug',
];
/** More than a garbage collector leaves by chance. */
const MEMORY_BYTES = 80 << 20;

interface Bed extends WireServer {
  readonly target: FuzzTarget;
  readonly file: string;
}

async function bed(offset: number): Promise<Bed> {
  const directory = makeScratch();
  const limits = {
    connections: 64,
    frameBytes: 1 << 20,
    idleInTransactionMs: 500,
    stallMs: 500,
    authenticationMs: 5_000,
  };
  const server = await serverOf(limits, { addresses: ['127.0.0.1:0', directory] });
  const target = { place: server.port, random: new Random(SEED + offset), statements: STATEMENTS };
  // With the first connection comes what is kept: the socket that asks the kernel who it is.
  const first = await WireClient.start(server.port);
  first.destroy();
  await waitFor('its end', () => server.log.ended === 1);
  return { ...server, target, file: `${directory}/.s.PGSQL.5432` };
}

/** Nothing is left of those that have been there. */
async function nothingLeft({ log }: WireServer, descriptors: number): Promise<void> {
  await waitFor('the end of all sessions', () => log.started === log.ended);
  await waitFor('all descriptors', () => openDescriptors() <= descriptors);
}

function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

/** While something happens, somebody is served well, at both addresses. */
async function beside({ target, file }: Bed, act: () => Promise<void>): Promise<void> {
  const good = await Promise.all(
    [target.place, file].map((place) =>
      GoodClient.start(place, (index) => [`echo answer ${index}`, `answer ${index}`]),
    ),
  );
  try {
    await act();
    const before = good.map(({ answers }) => answers);
    await waitFor('more answers', () => good.every(({ answers }, index) => answers > (before[index] ?? 0) + 10));
  } finally {
    await Promise.all(good.map((it) => it.end()));
  }
}

describe(`a server under PLUMBLINE_FUZZ_SEED=${SEED}`, () => {
  it('answers the same wherever a conversation is cut', async () => {
    const { port } = await bed(0);
    const bytes = Buffer.concat([
      encodeStartup({ kind: 'gss' }),
      encodeStartup({ kind: 'startup', minor: 2, parameters: new Map([['user', 'é']]) }),
      frontend.query('echo one'),
      frontend.parse('', 'echo two'),
      frontend.bind({
        portal: '',
        statement: '',
        parameterFormats: [],
        parameters: [Buffer.from('x')],
        resultFormats: [1],
      }),
      frontend.execute(''),
      frontend.sync(),
      frontend.query('nonsense'),
      frontend.terminate(),
    ]);
    const answers = new Map<string, number>();
    await inParallel(bytes.length + 1, 8, async (cut) => {
      const client = await WireClient.connect(port);
      client.send(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      client.send(bytes.subarray(cut));
      expect(await client.byte()).toBe('N');
      let told = '';
      for (let round = 0; round < 4; round++) told += (await client.until('Z')).map(({ type }) => type).join('');
      await client.closed();
      answers.set(told, (answers.get(told) ?? 0) + 1);
    });
    expect([...answers]).toEqual([['RSSKZTDCZ12DCZEZ', bytes.length + 1]]);
  });

  it('survives noise and damaged conversations, and leaves nothing behind', async () => {
    const server = await bed(1);
    const { target, file, events } = server;
    const { random } = target;
    const descriptors = openDescriptors();
    const act = async (count: number): Promise<void> => {
      await inParallel(count, 16, async (index) => {
        const place = random.chance(0.5) ? target.place : file;
        const bytes = index % 4 === 0 ? noise(random, random.between(0, 200)) : mutated(conversation(target), random);
        await visit({ ...target, place }, bytes);
      });
    };
    await act(200);
    await nothingLeft(server, descriptors);
    const before = memoryInUse();
    await beside(server, () => act(1500));
    await nothingLeft(server, descriptors);
    expect(memoryInUse() - before).toBeLessThan(MEMORY_BYTES);
    // A bug is what the sessions are told to have, and nothing else.
    const bugs = events.filter(({ kind, message }) => kind === 'bug' && !message.includes('a bug'));
    expect(bugs).toEqual([]);
  });

  it('survives thousands of clients that vanish, and leaves nothing behind', async () => {
    const server = await bed(2);
    const { target, file } = server;
    const { random } = target;
    const descriptors = openDescriptors();
    const act = async (count: number): Promise<void> => {
      await inParallel(count, 24, async () => {
        const whole = conversation(target);
        const place = random.chance(0.5) ? target.place : file;
        await visit(
          { ...target, place },
          random.chance(0.3) ? whole : whole.subarray(0, random.between(0, whole.length)),
        );
      });
    };
    await act(200);
    await nothingLeft(server, descriptors);
    const before = memoryInUse();
    await beside(server, () => act(2500));
    await nothingLeft(server, descriptors);
    expect(memoryInUse() - before).toBeLessThan(MEMORY_BYTES);
  });

  it('survives floods: bad lengths, huge messages, crowds that say nothing', async () => {
    const server = await bed(3);
    const { target, port, log, events } = server;
    const { random } = target;
    const descriptors = openDescriptors();
    const before = memoryInUse();
    await beside(server, async () => {
      await inParallel(200, 16, async () => {
        const client = await WireClient.connect(port);
        client.startup();
        const header = Buffer.alloc(5, random.pick([...'QPBDE!']));
        header.writeUInt32BE(random.pick([0, 3, 0x7fffffff, 0xffffffff, (1 << 20) + 5]), 1);
        client.send(header, noise(random, 1000));
        expect(await client.lastWords()).toMatch(/FATAL (?:08P01|53300)/);
      });
      // Messages that are not too large, and never end.
      await inParallel(40, 40, async () => {
        const client = await WireClient.connect(port);
        client.startup();
        const header = Buffer.alloc(5, 'Q');
        header.writeUInt32BE(1 << 20, 1);
        client.send(header, Buffer.alloc(900_000, 'x'));
        await waitFor('its session or its end', () => log.started > 0);
        client.destroy();
        await client.closed();
      });
      for (const greeting of ['', '\0\0\0\x30\0\x03', '\0\0\0\x08\x04\xd2\x16\x2f']) {
        const leave = await crowd(port, 300, Buffer.from(greeting, 'latin1'));
        await waitFor('the crowd', () => events.some(({ message }) => message.includes('53300')));
        events.length = 0;
        leave();
        const newcomer = await waitFor('a place', () => WireClient.start(server.file).catch(() => null));
        expect(await newcomer.value('echo still')).toBe('still');
        newcomer.destroy();
      }
      await inParallel(500, 50, async () => {
        const client = await WireClient.connect(port);
        client.startup();
        await client.until('R').catch(() => undefined);
        client.destroy();
        await client.closed();
      });
    });
    await nothingLeft(server, descriptors);
    expect(memoryInUse() - before).toBeLessThan(MEMORY_BYTES);
  });
});
