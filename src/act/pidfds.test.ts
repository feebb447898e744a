import { expect, it, vi } from 'vitest';
import { loadKoffi } from '../kernel/native/koffi.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { claim } from './claim.ts';
import { sendSignal } from './signal.ts';
import { waitForExit } from './wait-exit.ts';

vi.mock('../kernel/native/koffi.ts', () => ({ loadKoffi: vi.fn() }));

it('acts are refused, with what would make them possible, where koffi does not load', async () => {
  const error = new PlumblineError('unsupported_platform', 'koffi does not load', { hint: 'npm ci' });
  vi.mocked(loadKoffi).mockRejectedValue(error);
  const home = toText('/srv/agents/ada');
  const session = { verdict: 'alive', pid: globalThis.process.pid, home, homeId: { dev: 1n, ino: 2n } } as Session;
  const signal = { number: 28, name: 'SIGWINCH' };
  const refused = { outcome: 'refused', reason: 'unsupported', hint: 'npm ci' };
  expect(await sendSignal(session, signal, { commands: ['node'] })).toMatchObject(refused);
  expect(await claim(session, { commands: ['node'] })).toMatchObject(refused);
  expect(await waitForExit(session)).toMatchObject(refused);
});

it('any other failure is told as what it is', async () => {
  vi.mocked(loadKoffi).mockRejectedValue(new TypeError('a bug'));
  await expect(waitForExit({ verdict: 'alive', pid: 1 } as Session)).rejects.toThrow('a bug');
});
