import { loadPoller, POLLIN } from '../kernel/native/poller.ts';
import type { HeldSession } from './hold.ts';

/**
 * Tells once when a held session's process has ended: its pidfd can be read then, when all of its threads have.
 * @returns what calls it off
 */
export function onEnd({ pidfd }: HeldSession, ended: () => void): () => void {
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
  // A pidfd that cannot be waited for is told as an end: whoever waits looks again then.
  watching.catch(ended);
  return () => cancel();
}
