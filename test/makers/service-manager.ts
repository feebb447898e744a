import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { compile } from './c-program.ts';
import { readFacts } from './json-facts.ts';

/** What stands for systemd: a socket that is told how a service goes. */
export interface ServiceManager {
  /** For $NOTIFY_SOCKET. */
  readonly address: string;
  /** What it was told so far: `4711 READY=1`. */
  readonly told: () => readonly string[];
}

/** Listens at a path or at an abstract name (`@name`) until the test has finished. */
export async function startServiceManager(address: string): Promise<ServiceManager> {
  const maker = spawn(compile('datagrams'), [address], { stdio: 'pipe' });
  const ended = new Promise((resolve) => maker.once('close', resolve));
  onTestFinished(async () => {
    maker.kill('SIGKILL');
    await ended;
  });
  await readFacts(maker);
  let text = '';
  maker.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  maker.stdout.resume();
  return { address, told: () => text.split('\n').slice(0, -1) };
}
