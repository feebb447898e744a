import { PlumblineError } from '../model/errors.ts';
import { quoteIdentifier } from '../registry/identifiers.ts';
import type { State } from './state.ts';

/** `materialized` came with it. */
const OLDEST = 120000;

/**
 * Makes sure that the server can have foreign tables, and that the role may make them.
 * @param extension `postgres_fdw`, `file_fdw`
 * @throws {PlumblineError} `registry` with the statement that a superuser runs
 */
export function checkServer(state: State, extension: string, place: string): void {
  const { version, role, database } = state;
  const fail = (message: string, hint: string): never => {
    throw new PlumblineError('registry', `${place}: ${message}`, { hint });
  };
  if (version < OLDEST)
    fail(
      `it is Postgres ${Math.floor(version / 10000)}, which is too old`,
      'Postgres 12 or later; from 14 on machines are asked at once',
    );
  if (!state.isAvailable) {
    fail(
      `${extension} is not installed there`,
      `Debian: apt install postgresql-${Math.floor(version / 10000)}; elsewhere the package is called postgresql-contrib`,
    );
  }
  if (!state.hasExtension && !state.isSuperuser) {
    fail(
      `${role} may not create the extension ${extension}`,
      `as a superuser: create extension ${extension}; grant usage on foreign data wrapper ${extension} to ${quoteIdentifier(role)};`,
    );
  }
  if (state.hasExtension && !state.mayUseWrapper) {
    fail(
      `${role} may not use ${extension}`,
      `as a superuser: grant usage on foreign data wrapper ${extension} to ${quoteIdentifier(role)};`,
    );
  }
  if (!state.mayCreate && !state.isInstalled) {
    fail(
      `${role} may not create a schema`,
      `grant create on database ${quoteIdentifier(database)} to ${quoteIdentifier(role)};`,
    );
  }
}
