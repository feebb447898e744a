import { afterAll, beforeAll } from 'vitest';
import { Cluster, type PostgresServer, type PostgresVersion } from './postgres-cluster.ts';

export { postgresVersions } from './postgres-cluster.ts';

/** Starts a server before the tests of this block, and removes it after them. */
export function usePostgres({ bin }: PostgresVersion, settings: readonly string[] = []): () => PostgresServer {
  let server: Cluster | undefined;
  beforeAll(async () => {
    server = new Cluster(bin, settings);
    await server.start();
  });
  afterAll(async () => {
    await server?.end();
  });
  return () => {
    if (!server) throw new Error('the server runs only while the tests of its block do');
    return server;
  };
}
