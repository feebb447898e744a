import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { optionsParameter } from './options-parameter.ts';
import { prepared } from './saslprep.ts';
import { SCRAM, SCRAM_PLUS, ScramExchange } from './scram.ts';
import { makeVerifier, parseVerifier, type ScramVerifier } from './scram-verifier.ts';
import { checkUsersFile, MadeUpVerifiers, readUsersFile, userLine } from './users.ts';

/** RFC 7677, section 3: the user `user` with the password `pencil`. */
const RFC = parseVerifier(
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
) as ScramVerifier;
const RFC_FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
const RFC_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const RFC_FINAL = `c=biws,r=rOprNGfwEbeRWgbNEkqO${RFC_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

const exchange = (mechanism = SCRAM, endPoint: Uint8Array | null = null) =>
  new ScramExchange({ verifier: RFC, mechanism, endPoint, nonce: RFC_NONCE });

function sqlState(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${(error as { sqlState?: string }).sqlState} ${(error as Error).message}`;
  }
  return 'no error';
}

describe('ScramExchange', () => {
  it('does the exchange of RFC 7677', () => {
    const scram = exchange();
    expect(scram.first(RFC_FIRST)).toBe(`r=rOprNGfwEbeRWgbNEkqO${RFC_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
    expect(scram.final(RFC_FINAL)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  it('takes no other proof, and none of another exchange', () => {
    const scram = exchange();
    scram.first(RFC_FIRST);
    expect(scram.final(RFC_FINAL.replace('p=dH', 'p=eH'))).toBeNull();
    const another = new ScramExchange({ verifier: RFC, mechanism: SCRAM, endPoint: null });
    another.first(RFC_FIRST);
    expect(sqlState(() => another.final(RFC_FINAL))).toContain('08P01');
  });

  it.each([
    ['', '08P01'],
    ['n,,n=user', '08P01'],
    ['n,,r=abc', '08P01'],
    ['x,,n=user,r=abc', '08P01'],
    ['n,,n=user,r=', '08P01'],
    ['n,a=root,n=user,r=abc', '0A000 client uses authorization identity'],
    ['n,,m=x,n=user,r=abc', '0A000 client requires an unsupported SCRAM extension'],
    ['p=tls-unique,,n=user,r=abc', '08P01'],
  ])('refuses to begin with %j', (message, state) => {
    expect(sqlState(() => exchange().first(message))).toContain(state);
  });

  it('is honest about channel binding', () => {
    const endPoint = Buffer.from('the hash');
    // Somebody in between has taken -PLUS out of the offer.
    expect(sqlState(() => exchange(SCRAM, endPoint).first(RFC_FIRST.replace('n,,', 'y,,')))).toContain('28000');
    // Nobody has: there was none.
    expect(exchange().first(RFC_FIRST.replace('n,,', 'y,,'))).toContain('r=');
    expect(sqlState(() => exchange(SCRAM_PLUS, endPoint).first(RFC_FIRST))).toContain('08P01');
    expect(sqlState(() => exchange(SCRAM_PLUS, endPoint).first('p=tls-unique,,n=,r=a'))).toContain('0A000');
    const bound = exchange(SCRAM_PLUS, endPoint);
    bound.first('p=tls-server-end-point,,n=,r=a');
    const binding = Buffer.from('p=tls-server-end-point,,another hash').toString('base64');
    const proof = Buffer.alloc(32).toString('base64');
    expect(sqlState(() => bound.final(`c=${binding},r=a${RFC_NONCE},p=${proof}`))).toContain('28000');
    const changed = exchange();
    changed.first(RFC_FIRST);
    expect(sqlState(() => changed.final(RFC_FINAL.replace('biws', 'eSws')))).toContain('08P01');
  });

  it('takes any text for a message or an error that ends the connection', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (first, final) => {
        for (const call of [() => exchange().first(first), () => ended(final)]) {
          expect(sqlState(call)).toMatch(/^(?:no error|08P01|0A000|28000)/);
        }
      }),
    );
    function ended(final: string): unknown {
      const scram = exchange();
      scram.first(RFC_FIRST);
      return scram.final(`c=biws,r=rOprNGfwEbeRWgbNEkqO${RFC_NONCE},${final}`);
    }
  });
});

describe('makeVerifier()', () => {
  it('makes another each time, and reads it', async () => {
    const [one, two] = [await makeVerifier('pencil'), await makeVerifier('pencil')];
    expect(one).not.toBe(two);
    expect(parseVerifier(one)).toMatchObject({ iterations: 4096 });
    for (const broken of [
      '',
      'md5abc',
      one.slice(1),
      `${one}x`,
      one.replace('4096', '0'),
      one.replace(/:.*\$/, ':$'),
    ]) {
      expect(parseVerifier(broken)).toBeNull();
    }
  });

  it('prepares a password as clients do', () => {
    expect(prepared('I\u00adX \u00aa\u2168')).toBe('IX aIX');
    expect(prepared('a\u00a0b')).toBe('a b');
    // Prohibited, or nothing left: as it is.
    for (const it of ['a\u0007b', '\u00ad', 'a\u200eb', '\ufffd']) expect(prepared(it)).toBe(it);
  });
});

describe('readUsersFile()', () => {
  function written(text: string, mode = 0o600): string {
    const file = `${makeScratch()}/users`;
    fs.writeFileSync(file, text, { mode });
    return file;
  }

  it('reads what userLine() makes, comments and other lines of PgBouncer', async () => {
    const file = written(`; who\n\n# more\n${await userLine('ada', 'x')}\n${await userLine('o"d d', 'y')} more\n`);
    expect([...readUsersFile(file).keys()]).toEqual(['ada', 'o"d d']);
    checkUsersFile(file);
    await expect(userLine('a\nb', 'x')).rejects.toThrow('no name');
  });

  it.each([
    ['"ada" "secret"', 'line 1: the secret of ada is no SCRAM verifier'],
    ['ada SCRAM', 'line 1: this is no user'],
    ['; nobody', 'names no user'],
  ])('refuses %s without showing the secret', (text, why) => {
    const file = written(text);
    expect(() => checkUsersFile(file)).toThrow(why);
    expect(() => checkUsersFile(file)).not.toThrow('"secret"');
  });

  it('refuses a name that stands there twice, and a file that others can read', async () => {
    const line = await userLine('ada', 'x');
    expect(() => readUsersFile(written(`${line}\n${line}`))).toThrow('line 2: ada stands there twice');
    expect(() => readUsersFile(written(line, 0o644))).toThrow('can be read by others');
    expect(() => readUsersFile(written(line, 0o640))).toThrow('can be read by others');
    expect(() => readUsersFile('/nowhere/users')).toThrow('ENOENT');
    expect(() => readUsersFile(makeScratch())).toThrow('can be read by others');
  });
});

describe('MadeUpVerifiers', () => {
  it('has the same salt for a name each time, and another for another name', () => {
    const made = new MadeUpVerifiers();
    expect(made.of('a').salt).toEqual(made.of('a').salt);
    expect(made.of('a').salt).not.toEqual(made.of('b').salt);
    expect(new MadeUpVerifiers().of('a').salt).not.toEqual(made.of('a').salt);
    expect(made.of('a')).toMatchObject({ iterations: 4096 });
    expect(made.of('a').salt).toHaveLength(16);
  });
});

describe('optionsParameter()', () => {
  it.each([
    ['', {}],
    ['  -c a=b ', { a: 'b' }],
    ['-ca=b --c-d=e=f', { a: 'b', c_d: 'e=f' }],
    ['-c search_path=a\\ b,c\\\\d --x=', { search_path: 'a b,c\\d', x: '' }],
    ['-c a=1\t-c\na=2', { a: '2' }],
    ['-c statement_timeout=5min', { statement_timeout: '5min' }],
  ])('reads %j', (text, settings) => {
    expect(Object.fromEntries(optionsParameter(text))).toEqual(settings);
  });

  it.each(['-X', '-c', '-c a', '--a', '--=b', '-c =b', 'word', '--'])('refuses %j', (text) => {
    expect(sqlState(() => optionsParameter(text))).toContain('42601');
  });
});
