import { backend } from '../../sql/protocol/backend.ts';
import { BodyReader, textOf } from '../../sql/protocol/bytes.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { ClientStream } from './client-stream.ts';
import type { Peer } from './peers.ts';
import { SCRAM, SCRAM_PLUS, ScramExchange } from './scram.ts';
import type { ScramVerifier } from './scram-verifier.ts';

/** What a login is judged by. */
export interface Login {
  readonly peer: Peer;
  readonly isAllowed: boolean;
  readonly isSecure: boolean;
  /** What ties it to the TLS connection; null without one. */
  readonly endPoint: Uint8Array | null;
  /** Finds a user's verifier, one that is made up where there is no such user; null where there are no passwords. */
  readonly verifierOf: (() => ScramVerifier) | null;
}

/** For guessing, a second each is long; for somebody who has mistyped, it is not. */
const WRONG_PASSWORD_MS = 500;
const LONGEST_MESSAGE = 10_000;

/**
 * Lets a client in: a user of this machine who is allowed, or somebody who knows a password.
 * @returns false where the client has gone
 * @throws {SqlError} fatal: `28000` not allowed, `28P01` wrong password, `08P01` malformed
 */
export async function authenticate(stream: ClientStream, user: string, login: Login): Promise<boolean> {
  if (login.isAllowed) return true;
  if (login.verifierOf === null) throw refusal(login.peer);
  if (login.peer.kind === 'network' && !login.isSecure) {
    throw new SqlError('28000', 'a connection from another machine needs TLS', {
      hint: 'connect with sslmode=require, or better verify-full',
      isFatal: true,
    });
  }
  return exchange(stream, user, { ...login, verifierOf: login.verifierOf });
}

async function exchange(
  stream: ClientStream,
  user: string,
  { endPoint, verifierOf }: Login & { readonly verifierOf: () => ScramVerifier },
): Promise<boolean> {
  const mechanisms = endPoint === null ? [SCRAM] : [SCRAM_PLUS, SCRAM];
  await stream.send(backend.authenticationSasl(mechanisms));
  const initial = await response(stream);
  if (initial === null) return false;
  const reader = new BodyReader(initial);
  const mechanism = reader.text();
  if (!mechanisms.includes(mechanism)) {
    throw new SqlError('08P01', 'client selected an invalid SASL authentication mechanism', { isFatal: true });
  }
  const scram = new ScramExchange({ verifier: verifierOf(), mechanism, endPoint });
  const data = reader.sized();
  reader.end();
  await stream.send(backend.authenticationSaslContinue(Buffer.from(scram.first(textOf(data ?? new Uint8Array())))));
  const answer = await response(stream);
  if (answer === null) return false;
  const final = scram.final(textOf(answer));
  if (final === null) {
    await new Promise((resolve) => setTimeout(resolve, WRONG_PASSWORD_MS));
    throw new SqlError('28P01', `password authentication failed for user "${user}"`, { isFatal: true });
  }
  await stream.send(backend.authenticationSaslFinal(Buffer.from(final)));
  return true;
}

async function response(stream: ClientStream): Promise<Uint8Array | null> {
  const message = await stream.read((splitter) => {
    return splitter.next((type) => {
      if (type === 'p') return LONGEST_MESSAGE;
      throw new SqlError('08P01', `expected SASL response, got message type ${type.charCodeAt(0)}`, { isFatal: true });
    });
  });
  return message?.body ?? null;
}

function refusal(peer: Peer): SqlError {
  if (peer.kind === 'user') {
    return new SqlError('28000', `user ${peer.uid} of this machine may not connect`, {
      hint: `start the server with --allow-user ${peer.uid}`,
      isFatal: true,
    });
  }
  const why = peer.kind === 'unseen' ? `: ${peer.why}` : '';
  return new SqlError('28000', `nobody can say which user has connected${why}`, {
    hint: 'connect from the machine and the container that the server runs in, or start it with --users',
    isFatal: true,
  });
}
