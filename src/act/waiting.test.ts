import { expect, it, vi } from 'vitest';
import { loadPoller } from '../kernel/native/poller.ts';
import { PlumblineError } from '../model/errors.ts';
import type { HeldSession } from './hold.ts';
import { Wait } from './waiting.ts';

vi.mock('../kernel/native/poller.ts', () => ({ loadPoller: vi.fn(), POLLIN: 1 }));

const HELD = { pidfd: { fd: -1 } } as HeldSession;

it('a session whose end cannot be waited for has not ended', async () => {
  const blind = new PlumblineError('blind', 'no eventfd can be made', { hint: 'ulimit -n 4096' });
  vi.mocked(loadPoller).mockRejectedValue(blind);
  const wait = new Wait(HELD, {});
  await wait.pause(null);
  expect(() => wait.over()).toThrow(blind);
  wait.close();
});
