import type { Session } from '../model/session.ts';
import type { Relation } from './column.ts';
import { SESSIONS } from './sessions.ts';

const ACTED_COLUMNS = ['name', 'pid', 'start_time_ticks'];

/** Which session was meant. */
export const ACTED: Relation<Session> = {
  name: 'the session meant',
  doc: 'Of `nudge`, `signal`, `wait --for idle` and `wait --for output`, beside their other keys: which session it was, with its columns as in sessions.',
  columns: SESSIONS.columns.filter(({ name }) => ACTED_COLUMNS.includes(name)),
};
