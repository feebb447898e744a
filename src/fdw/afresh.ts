import { dollarQuoted } from './dollar-quoted.ts';
import { OWN_PATH } from './own-path.ts';

/**
 * The function that has the next question to a server make a connection. One that is kept says nothing of whether its endpoint hangs, and is waited for without an end; to make one is given up
 * soon. Since Postgres 14; of an older one what is kept is asked.
 */
export function afreshSql(name: string): string {
  return `create or replace function ${name}(server text) returns void
language plpgsql volatile ${OWN_PATH} set client_min_messages = error as ${dollarQuoted(`
declare
  disconnect constant text := (
    select format('%s.postgres_fdw_disconnect', extnamespace::regnamespace) from pg_extension where extname = 'postgres_fdw'
  );
begin
  if to_regprocedure(disconnect || '(text)') is not null then
    execute format('select %s($1)', disconnect) using server;
  end if;
end
`)};`;
}
