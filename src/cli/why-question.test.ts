import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../model/errors.ts';
import { whyQuestion } from './why-question.ts';

describe('whyQuestion()', () => {
  it.each([
    ['5432', { port: 5432, address: null, protocol: null }],
    ['53/udp', { port: 53, address: null, protocol: 'udp' }],
    ['127.0.0.1:80', { port: 80, address: '127.0.0.1', protocol: null }],
    ['[::1]:443/tcp', { port: 443, address: '::1', protocol: 'tcp' }],
    ['[0:0::0001]:443', { port: 443, address: '::1', protocol: null }],
    ['[FE80::1]:9', { port: 9, address: 'fe80::1', protocol: null }],
    ['[::ffff:10.0.0.1]:9', { port: 9, address: '::ffff:10.0.0.1', protocol: null }],
  ])('reads the port %s', (word, question) => {
    expect(whyQuestion('port', word)).toEqual({ kind: 'port', asked: word, ...question });
  });

  it.each([
    '',
    '0',
    '65536',
    '1.5',
    '-1',
    ' 80',
    '80 ',
    ':80',
    '[::1]80',
    '::1:80',
    '[fe80::1%eth0]:80',
    '1.2.3:80',
    '80/',
    '80/sctp',
  ])('knows that %j is no port', (word) => {
    expect(() => whyQuestion('port', word)).toThrow(PlumblineError);
  });

  it('makes paths whole, and keeps what a pane is called', () => {
    expect(whyQuestion('path', 'x y')).toEqual({ kind: 'path', path: `${process.cwd()}/x y` });
    // What stands behind a link need not be below the link's directory.
    expect(whyQuestion('path', '/a/link/../x')).toEqual({ kind: 'path', path: '/a/link/../x' });
    expect(whyQuestion('pane', 'work:1.0 %7')).toEqual({ kind: 'pane', pane: 'work:1.0 %7' });
  });

  it('answers any words, or says what is wrong', () => {
    const kind = fc.constantFrom('pid', 'port', 'path', 'pane', 'prot');
    const word = fc.oneof(fc.string(), fc.stringMatching(/^\[[0-9a-f:.%]*\]:\d+$/), fc.stringMatching(/^[\d.]*:?\d+$/));
    fc.assert(
      fc.property(kind, word, (of, text) => {
        try {
          expect(whyQuestion(of, text).kind).toBe(of);
        } catch (error) {
          if (!(error instanceof PlumblineError)) throw error;
          expect(error).toMatchObject({ code: 'usage', hint: expect.stringMatching(/./) });
        }
      }),
    );
  });
});
