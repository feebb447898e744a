import fs from 'node:fs';
import { RUDE } from './rude-clients.ts';
import { connect, postgresJs, QUIET, type Soaking } from './soak-clients.ts';

/** Several clients at once, for a time: those that keep to themselves beside those that do everything wrong. */
export async function soak(soaking: Soaking, clients: number): Promise<void> {
  const rude = Object.entries(RUDE);
  const quiet = Object.entries(QUIET);
  // Five in all kinds of trouble, one of another driver, and the others quiet.
  const work = Array.from({ length: clients }, async (_, number) => {
    const [rudeness] = rude.slice(number, number + 1);
    if (rudeness !== undefined) return repeat(soaking, rudeness[0], () => rudeness[1](soaking, number));
    if (number === rude.length) return repeat(soaking, 'postgres.js', () => postgresJs(soaking));
    const [kind, acts] = quiet[number % quiet.length] as (typeof quiet)[number];
    let client = await connect(soaking);
    let rounds = 0;
    await repeat(soaking, kind, async () => {
      // Some come and go.
      if (number % 3 === 0 && ++rounds % 10 === 0) {
        await client.end();
        client = await connect(soaking);
      }
      await acts(client, number, soaking);
    });
    await client.end().catch(() => {});
  });
  await Promise.all(work);
}

async function repeat({ tally, isOver }: Soaking, kind: string, act: () => Promise<void>): Promise<void> {
  while (!isOver()) {
    try {
      await act();
      tally.did(kind);
    } catch (error) {
      const { code = '', message } = error as Error & { code?: string };
      tally.fault(`${kind}: ${code} ${message}`);
      return;
    }
  }
}

/** What a process holds. */
export function held(pid: number): { readonly descriptors: number; readonly rssMb: number } {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
  const rssKib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  return { descriptors: fs.readdirSync(`/proc/${pid}/fd`).length, rssMb: (rssKib * 1024) / 1e6 };
}
