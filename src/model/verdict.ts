/**
 * What we know of a session.
 *
 * - `alive`: a live process was seen, and it is the session.
 * - `dead`: this incarnation has provably ended. Only a row can be dead: a look lists what is there.
 * - `ambiguous`: several processes claim the home; a person settles it.
 * - `unknown`: it could not be seen. Never a reason to act.
 */
export type Verdict = 'alive' | 'dead' | 'unknown' | 'ambiguous';
