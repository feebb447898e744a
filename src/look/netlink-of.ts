import type { Netlink } from '../kernel/native/netlink.ts';
import { netlinkOrNull } from '../kernel/netlink-in.ts';
import type { MachineLook } from './machine-look.ts';

/** What asks the kernel of this machine; null in a recorded scene, which answers no messages, and where koffi does not load. */
export async function netlinkOf(look: MachineLook): Promise<Netlink | null> {
  return look.machine.isLive ? netlinkOrNull() : null;
}
