import type { Session } from '../model/session.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOMES } from '../relations/homes.ts';
import { SESSIONS } from '../relations/sessions.ts';
import type { WireObject } from '../relations/wire.ts';
import type { Call, LookOptions } from './call.ts';
import { choiceOf, chooseColumns } from './columns.ts';
import { printRows } from './print-rows.ts';
import { answerJson } from './render/json.ts';

/** How the sessions are printed from their columns, and what a look must be asked for therefore. */
export interface SessionsByColumns {
  readonly needs: LookOptions;
  readonly print: (snapshot: Snapshot, sessions: readonly Session[]) => void;
}

/**
 * The sessions from their columns. The facts behind a verdict are asked for by their name alone, as they are in JSON.
 * @throws {PlumblineError} `usage` for a column that is none
 */
export function sessionsByColumns(call: Call): SessionsByColumns {
  const isWide = call.columns === null && call.format === 'wide';
  const told = isWide ? SESSIONS.columns.filter(({ name }) => name !== 'evidence') : SESSIONS.columns;
  const columns = chooseColumns(call, choiceOf({ ...SESSIONS, columns: told }));
  const names = new Set(columns.map(({ name }) => name.split('.')[0]));
  return {
    needs: {
      panes: names.has('pane') || names.has('no_pane_because'),
      claims: names.has('claimed_by'),
      explain: call.columns !== null && names.has('evidence'),
    },
    print: (snapshot, rows) => {
      const answer = (sessions: readonly WireObject[]) => answerJson(snapshot, { sessions }, call.output.isTerminal);
      printRows(call, { columns, rows, none: 'there are no sessions', answer });
    },
  };
}

/** How the homes are printed from their columns, and what a look must be asked for therefore. */
export interface HomesByColumns {
  readonly needs: LookOptions;
  readonly print: (snapshot: Snapshot) => void;
}

/** What is known of a home without its owner: no absence has to be proven for that. */
const OF_A_DIRECTORY: ReadonlySet<string> = new Set(['name', 'path', 'dev', 'ino']);

/** The configured homes, likewise. */
export function homesByColumns(call: Call): HomesByColumns {
  const columns = chooseColumns(call, choiceOf(HOMES));
  const isAboutOwners = columns.some(({ name }) => !OF_A_DIRECTORY.has(name));
  return {
    needs: isAboutOwners ? { explain: true } : { proveAbsence: false },
    print: (snapshot) => {
      const answer = (homes: readonly WireObject[]) => answerJson(snapshot, { homes }, call.output.isTerminal);
      printRows(call, { columns, rows: snapshot.homes, none: 'there are no homes', answer });
    },
  };
}
