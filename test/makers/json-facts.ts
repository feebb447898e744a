import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** Waits for the first line that a maker prints: its facts. What follows waits until somebody resumes its stdout. */
export async function readFacts<T>(maker: ChildProcessWithoutNullStreams): Promise<T> {
  let text = '';
  let complaint = '';
  maker.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end === -1) return;
      maker.stdout.off('data', onData);
      maker.stdout.pause();
      const rest = text.slice(end + 1);
      if (rest !== '') maker.stdout.unshift(Buffer.from(rest));
      resolve(JSON.parse(text.slice(0, end)) as T);
    };
    maker.stdout.on('data', onData);
    maker.once('error', reject);
    maker.once('close', (code) => reject(new Error(`${maker.spawnfile} ended with ${code}: ${complaint}`)));
  });
}
