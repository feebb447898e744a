/** The thread that Postgres runs in: started by `engine-thread.ts`, and built as a file of its own. */
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Postgres } from './postgres.ts';
import type { Piece, ThreadReply, ThreadRequest, ThreadStart } from './thread-messages.ts';
import type { WarmUp } from './warm-up.ts';

const port = parentPort;
if (port === null) throw new Error('this is for a thread');
const say = (reply: ThreadReply, moved: readonly ArrayBuffer[] = []) => port.postMessage(reply, [...moved]);

async function main(): Promise<void> {
  const start = workerData as ThreadStart;
  const postgres = await Postgres.start(start);
  port?.on('message', (request: ThreadRequest) => run(postgres, request).catch(die));
  say({ kind: 'ready', code: postgres.code });
  // Code that a thread before has compiled is compiled well: only what Postgres knows of its own tables is missing.
  await warmUp(postgres, start.warmUp, start.code === null ? 40 : 2);
}

/** In small steps: whoever asks something meanwhile waits for one of them at most, and the first one for none. */
async function warmUp(postgres: Postgres, { frames, contents }: WarmUp, rounds: number): Promise<void> {
  await setTimeout(100, undefined, { ref: false });
  for (let round = 0; round < rounds; round++) {
    for (const it of frames) {
      await postgres.run({ before: [], frames: it, contents, maxBytes: Number.POSITIVE_INFINITY });
      await setTimeout(10, undefined, { ref: false });
    }
  }
}

async function run(postgres: Postgres, request: ThreadRequest): Promise<void> {
  const bytes = ({ start, end }: Piece) => new Uint8Array(request.memory, start, end - start);
  const answer = await postgres.run({
    before: request.before.map(bytes),
    frames: bytes(request.frames),
    contents: new Map(request.contents.map(([table, piece]) => [table, bytes(piece)])),
    maxBytes: request.maxBytes,
  });
  const moved = answer.kind === 'answer' ? [answer.frames.buffer] : [];
  say({ ...answer, memory: postgres.memory }, moved);
}

function die(error: unknown): void {
  say({ kind: 'died', why: error instanceof Error ? error.message : String(error) });
}

main().catch(die);
