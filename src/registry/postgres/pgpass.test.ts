import { describe, expect, it } from 'vitest';
import { findPassword } from './pgpass.ts';

const KEY = { host: 'db', port: 5432, database: 'fleet', user: 'ada' };

describe('findPassword()', () => {
  it.each([
    ['db:5432:fleet:ada:secret', 'secret'],
    ['*:*:*:*:any', 'any'],
    ['other:*:*:*:no\ndb:*:*:ada:yes\n*:*:*:*:later', 'yes'],
    ['# db:5432:fleet:ada:comment\ndb:5432:fleet:ada:real\r\n', 'real'],
    ['db:5432:fleet:ada:with\\:colon\\\\and', 'with:colon\\and'],
    ['db:5432:fleet:ada:', ''],
    ['db:5432:fleet:bob:no', null],
    ['db:5433:fleet:ada:no', null],
    ['db:5432:fleet', null],
    ['', null],
  ])('reads %j', (text, expected) => expect(findPassword(text, KEY)).toBe(expected));

  it('keeps a colon in a name', () => {
    expect(findPassword('fe80\\:\\:1:*:*:*:v6', { ...KEY, host: 'fe80::1' })).toBe('v6');
  });
});
