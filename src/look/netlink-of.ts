import { loadNetlink, type Netlink } from '../kernel/native/netlink.ts';
import { PlumblineError } from '../model/errors.ts';
import type { MachineLook } from './machine-look.ts';

/**
 * What asks the kernel of this machine; null in a recorded scene, which answers no messages, and where koffi does not load:
 * the text files tell what they know.
 */
export async function netlinkOf(look: MachineLook): Promise<Netlink | null> {
  if (!look.machine.isLive) return null;
  try {
    return await loadNetlink();
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  }
}
