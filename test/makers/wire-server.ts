import { onTestFinished } from 'vitest';
import {
  DEFAULT_LIMITS,
  type Endpoint,
  type EndpointEvent,
  type EndpointLimits,
  type ListenOptions,
} from '../../src/serve/pgwire/endpoint-options.ts';
import type { Peers } from '../../src/serve/pgwire/peers.ts';
import { startServer } from '../../src/serve/pgwire/server.ts';
import { FakeSession, type SessionLog } from './fake-session.ts';

/** A server with sessions that need no engine. */
export interface WireServer {
  readonly server: Endpoint;
  /** Of the first address. */
  readonly port: number;
  readonly log: SessionLog;
  readonly events: EndpointEvent[];
}

/** Starts one on a free port, for the time of a test. */
export async function serverOf(
  limits: Partial<EndpointLimits> = {},
  options: Partial<ListenOptions> & { readonly peers?: Peers } = {},
): Promise<WireServer> {
  const log: SessionLog = { started: 0, ended: 0, cancelled: 0, startups: [] };
  const events: EndpointEvent[] = [];
  const { peers, ...listen } = options;
  const server = await startServer(
    {
      addresses: ['127.0.0.1:0'],
      allowedUsers: [],
      tls: null,
      usersFile: null,
      limits: { ...DEFAULT_LIMITS, graceMs: 100, ...limits },
      onEvent: (event) => events.push(event),
      ...listen,
    },
    { makeSession: (startup, send) => new FakeSession({ startup, send, log }), ...(peers && { peers }) },
  );
  onTestFinished(() => server.close());
  return { server, port: Number(server.addresses[0]?.split(':').at(-1)), log, events };
}
