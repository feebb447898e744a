import { CONNECTIONS } from './connections.ts';
import type { KernelRelation } from './kernel-relation.ts';
import { LOCKS } from './locks.ts';
import { MOUNTS } from './mounts.ts';
import { PROCESSES } from './processes.ts';
import { ROUTES } from './routes.ts';
import { TERMINALS } from './terminals.ts';

/** Everything that can be asked of the kernel beside the sessions, in the order of the documentation. */
export const KERNEL_RELATIONS: readonly KernelRelation[] = [PROCESSES, TERMINALS, CONNECTIONS, LOCKS, MOUNTS, ROUTES];
