import type { ActivityOf } from '../act/route.ts';

/** How `plumb route` finds out what a session is doing: the one place that says so. */
export const activityOf: ActivityOf = async () => {
  return { state: 'unknown', idleSeconds: null, reason: 'this plumb cannot tell what a session is doing' };
};
