import type { KernelRelation } from './kernel-relation.ts';
import { PROCESSES } from './processes.ts';
import { TERMINALS } from './terminals.ts';

/** Everything that can be asked of the kernel beside the sessions, in the order of the documentation. */
export const KERNEL_RELATIONS: readonly KernelRelation[] = [PROCESSES, TERMINALS];
