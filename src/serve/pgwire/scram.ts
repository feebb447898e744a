import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SqlError } from '../../sql/sql-error.ts';
import { hmac, KEY_BYTES, type ScramVerifier } from './scram-verifier.ts';

/** How a client can log in. */
export const SCRAM = 'SCRAM-SHA-256';
/** The same, with a tie to the TLS connection that it goes through. */
export const SCRAM_PLUS = 'SCRAM-SHA-256-PLUS';

/** What an exchange is about. */
export interface ScramOffer {
  readonly verifier: ScramVerifier;
  readonly mechanism: string;
  /** `tls-server-end-point` of our certificate (RFC 5929); null where none is offered. */
  readonly endPoint: Uint8Array | null;
  /** For tests. */
  readonly nonce?: string;
}

const NONCE_BYTES = 18;
const CLIENT_FIRST = /^(p=([A-Za-z0-9.-]+)|n|y),(a=[^,]*)?,((m=[^,]*,)?n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s;
const CLIENT_FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,(?!p=)[^,]*)*),p=([A-Za-z0-9+/=]+)$/s;

/**
 * The server's part of SCRAM-SHA-256 (RFC 5802, 7677) as Postgres plays it: the user's name is that of the startup message,
 * whatever stands in the exchange.
 */
export class ScramExchange {
  readonly #offer: ScramOffer;
  /** What the client has said of channel binding, as it has to say it again. */
  #header = '';
  #isBound = false;
  #clientFirst = '';
  #serverFirst = '';
  #nonce = '';

  constructor(offer: ScramOffer) {
    this.#offer = offer;
  }

  /**
   * @returns server-first-message
   * @throws {SqlError} `08P01` where it is malformed or asks for what there is not, `28000` where somebody in between has
   *         taken channel binding out of what was offered
   */
  first(message: string): string {
    const found = CLIENT_FIRST.exec(message);
    if (found === null) throw malformed('The client-first-message cannot be read.');
    const [, flag = '', binding, authorization, bare = '', extension, nonce = ''] = found;
    if (authorization !== undefined)
      throw new SqlError('0A000', 'client uses authorization identity, but it is not supported', { isFatal: true });
    if (extension !== undefined)
      throw new SqlError('0A000', 'client requires an unsupported SCRAM extension', { isFatal: true });
    this.#checkBinding(flag, binding);
    this.#header = `${flag},,`;
    this.#isBound = binding !== undefined;
    this.#clientFirst = bare;
    const { salt, iterations } = this.#offer.verifier;
    this.#nonce = nonce + (this.#offer.nonce ?? randomBytes(NONCE_BYTES).toString('base64'));
    this.#serverFirst = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    return this.#serverFirst;
  }

  /**
   * @returns server-final-message; null where the password is wrong
   * @throws {SqlError} `08P01` where it is malformed, `28000` where it came through another TLS connection
   */
  final(message: string): string | null {
    const found = CLIENT_FINAL.exec(message);
    if (found === null) throw malformed('The client-final-message cannot be read.');
    const [, withoutProof = '', binding = '', nonce = '', proof = ''] = found;
    if (nonce !== this.#nonce) throw malformed('The nonce is not that of the exchange.');
    this.#checkEndPoint(Buffer.from(binding, 'base64'));
    const given = Buffer.from(proof, 'base64');
    if (given.length !== KEY_BYTES) throw malformed('The proof has another length than SHA-256.');
    const { storedKey, serverKey } = this.#offer.verifier;
    const all = `${this.#clientFirst},${this.#serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, all);
    const clientKey = given.map((byte, index) => byte ^ (signature[index] as number));
    const isRight = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
    return isRight ? `v=${hmac(serverKey, all).toString('base64')}` : null;
  }

  #checkBinding(flag: string, binding: string | undefined): void {
    const { mechanism, endPoint } = this.#offer;
    if (flag === 'y' && endPoint !== null) {
      throw new SqlError('28000', 'SCRAM channel binding negotiation error', {
        detail:
          'The client supports SCRAM channel binding but thinks the server does not. However, this server does support channel binding.',
        isFatal: true,
      });
    }
    if ((binding !== undefined) !== (mechanism === SCRAM_PLUS)) {
      throw malformed('What the client says of channel binding is not what it has chosen.');
    }
    if (binding !== undefined && binding !== 'tls-server-end-point') {
      throw new SqlError('0A000', `unsupported SCRAM channel-binding type "${binding}"`, { isFatal: true });
    }
  }

  #checkEndPoint(given: Buffer): void {
    const expected = Buffer.concat([
      Buffer.from(this.#header),
      this.#isBound ? (this.#offer.endPoint ?? Buffer.alloc(0)) : Buffer.alloc(0),
    ]);
    if (given.equals(expected)) return;
    if (this.#isBound) throw new SqlError('28000', 'SCRAM channel binding check failed', { isFatal: true });
    throw malformed('What the client says of channel binding has changed.');
  }
}

function malformed(detail: string): SqlError {
  return new SqlError('08P01', 'malformed SCRAM message', { detail, isFatal: true });
}
