import { loadPoller, POLLIN } from '../kernel/native/poller.ts';
import type { HeldSession } from './hold.ts';

/**
 * Tells once when a held session's process has ended: its pidfd can be read then, when all of its threads have.
 * @param failed told instead where that cannot be waited for: then nothing is known of its end
 * @returns what calls it off
 */
export function onEnd({ pidfd }: HeldSession, ended: () => void, failed: (error: unknown) => void): () => void {
  let isOff = false;
  let cancel = () => {
    isOff = true;
  };
  const watching = loadPoller().then((poller) => {
    if (isOff) return;
    const polled = poller.watch(pidfd.fd, POLLIN);
    cancel = polled.cancel;
    return polled.happened.then((happened) => {
      if (happened !== null) ended();
    });
  });
  watching.catch((error: unknown) => {
    if (!isOff) failed(error);
  });
  return () => cancel();
}
