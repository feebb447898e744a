import { describe, expect, it } from 'vitest';
import { addressText, parseAddress, socketPath } from './address.ts';

describe('parseAddress()', () => {
  it.each([
    ['127.0.0.1:5433', [{ kind: 'loopback', host: '127.0.0.1', port: 5433 }]],
    ['127.9.9.9:0', [{ kind: 'loopback', host: '127.9.9.9', port: 0 }]],
    ['[::1]:1', [{ kind: 'loopback', host: '::1', port: 1 }]],
    ['[::ffff:127.0.0.1]:1', [{ kind: 'loopback', host: '::ffff:127.0.0.1', port: 1 }]],
    [
      'localhost:7',
      [
        { kind: 'loopback', host: '127.0.0.1', port: 7 },
        { kind: 'loopback', host: '::1', port: 7 },
      ],
    ],
    ['0.0.0.0:1', [{ kind: 'network', host: '0.0.0.0', port: 1 }]],
    ['[::]:1', [{ kind: 'network', host: '::', port: 1 }]],
    ['10.0.0.1:65535', [{ kind: 'network', host: '10.0.0.1', port: 65535 }]],
    ['[::ffff:10.0.0.1]:1', [{ kind: 'network', host: '::ffff:10.0.0.1', port: 1 }]],
    ['/run/plumb', [{ kind: 'unix', directory: '/run/plumb', port: 5432 }]],
    ['/run/plumb/:5433', [{ kind: 'unix', directory: '/run/plumb', port: 5433 }]],
    ['/run/a:b c', [{ kind: 'unix', directory: '/run/a:b c', port: 5432 }]],
    ['/', [{ kind: 'unix', directory: '/', port: 5432 }]],
  ])('understands %s', (text, addresses) => {
    expect(parseAddress(text)).toEqual(addresses);
  });

  it.each([
    ['', 'neither'],
    ['5433', 'neither'],
    ['127.0.0.1', 'neither'],
    ['::1:5433', 'neither'],
    ['run/plumb', 'neither'],
    ['127.0.0.1:65536', 'neither'],
    ['127.0.0.1:1e3', 'neither'],
    ['example.org:5433', 'its host is no address'],
    [':5433', 'its host is no address'],
    ['127.1:5433', 'its host is no address'],
    ['[127.0.0.1]:5433', 'its host is no address'],
    ['@plumb', 'abstract'],
    ['/run/plumb:0', 'from 1 to 65535'],
    ['/run/a\0b', 'NUL'],
    [`/${'x'.repeat(93)}`, 'at most 107'],
  ])('refuses %j', (text, why) => {
    expect(() => parseAddress(text)).toThrow(why);
  });

  it('is written as it is read', () => {
    for (const text of ['127.0.0.1:5433', '[::1]:1', '/run/plumb', '/run/plumb:5433']) {
      expect(parseAddress(text).map(addressText)).toEqual([text]);
    }
    expect(socketPath({ directory: '/', port: 1 })).toBe('/.s.PGSQL.1');
  });
});
