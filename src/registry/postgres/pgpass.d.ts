/** Reads libpq's password file: PGPASSFILE or ~/.pgpass. */
declare module 'pgpass' {
  const pgpass: (
    connection: { readonly host: string; readonly port: number; readonly database: string; readonly user: string },
    found: (password: string | undefined) => void,
  ) => void;
  export default pgpass;
}
