/**
 * Of each function that does not become a part of the query: whoever reads may have a schema on the path in which somebody
 * else has made a function of a name that it uses, and with types that fit better. It would run with the rights of who reads.
 */
export const OWN_PATH = 'set search_path = pg_catalog, pg_temp';
