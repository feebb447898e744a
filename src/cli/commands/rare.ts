// What is loaded only when it is called for, as one file: every further one would split what they share into more
// files, and each costs the start of `plumb list` half a millisecond.

export { activitiesOf } from './activity.ts';
export { bpf } from './bpf.ts';
export { claim } from './claim.ts';
export { dead } from './dead.ts';
export { doctor } from './doctor.ts';
export { drift } from './drift.ts';
export { history } from './history.ts';
export { hosts } from './hosts.ts';
export { nudge } from './nudge.ts';
export { panes } from './panes.ts';
export { record } from './record.ts';
export { registry } from './registry.ts';
export { route } from './route.ts';
export { signal } from './signal.ts';
export { sync } from './sync.ts';
export { wait } from './wait.ts';
