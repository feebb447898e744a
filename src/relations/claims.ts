import type { Considered } from '../model/route.ts';
import type { Session } from '../model/session.ts';
import type { Relation } from './column.ts';
import { SESSIONS } from './sessions.ts';

const CLAIM_COLUMNS = ['name', 'home', 'pid', 'start_time_ticks', 'boot_id', 'terminal', 'command', 'cwd'];

/** What is told of a claim that was got. */
export const CLAIM: Relation<Session> = {
  name: 'claim',
  doc: 'The session that was claimed, of `claim` and `route`, with its columns as in sessions.',
  columns: SESSIONS.columns.filter(({ name }) => CLAIM_COLUMNS.includes(name)),
};

/** What `plumb route` has looked at. */
export const CONSIDERED: Relation<Considered> = {
  name: 'considered',
  doc: 'One row a session, of `route`: what it was doing, and why it was not taken.',
  columns: [
    { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it.session.name },
    { name: 'pid', type: 'integer', unit: null, doc: 'its process', value: (it) => it.session.pid },
    { name: 'command', type: 'text', unit: null, doc: 'its command', value: (it) => it.session.command },
    {
      name: 'activity',
      type: 'word',
      unit: null,
      doc: 'busy, idle, waiting_for_input, stopped or unknown; null where it was not asked for',
      value: (it) => it.activity?.state ?? null,
    },
    {
      name: 'idle_seconds',
      type: 'integer',
      unit: 'seconds',
      doc: 'for how long it has been doing nothing; null where that is not known',
      value: (it) => (it.activity?.idleSeconds == null ? null : Math.floor(it.activity.idleSeconds)),
    },
    {
      name: 'passed_over',
      type: 'word',
      unit: null,
      doc: 'null for the one that was taken; filtered, later, or the reason of a refusal',
      value: (it) => it.passedOver,
    },
    { name: 'message', type: 'word', unit: null, doc: 'why, in a sentence', value: (it) => it.message },
  ],
};
