import type { ProcessEntry } from '../model/process-entry.ts';
import type { Ask, MachineLook } from './machine-look.ts';

/**
 * Every process, with the session that it counts to.
 *
 * Needs: nothing; under hidepid the process's own user
 */
export function readProcesses(look: MachineLook, ask: Ask): ProcessEntry[] {
  return look.processesOf(ask.sessions).map((stat) => {
    const tag = look.tagOf(stat);
    return { stat, sessions: tag === null ? [] : [tag] };
  });
}
