/** The thread that Postgres runs in: started by `engine-thread.ts`, and built as a file of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { Postgres } from './postgres.ts';
import type { Piece, ThreadReply, ThreadRequest, ThreadStart } from './thread-messages.ts';

const port = parentPort;
if (port === null) throw new Error('this is for a thread');
const say = (reply: ThreadReply, moved: readonly ArrayBuffer[] = []) => port.postMessage(reply, [...moved]);

async function main(): Promise<void> {
  const postgres = await Postgres.start(workerData as ThreadStart);
  port?.on('message', (request: ThreadRequest) => run(postgres, request).catch(die));
  say({ kind: 'ready', code: postgres.code });
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
