import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../model/errors.ts';
import { parseConnectionUrl } from './url.ts';

describe('parseConnectionUrl()', () => {
  it.each([
    ['postgres://', {}],
    ['postgres:///fleet', { dbname: 'fleet' }],
    ['postgresql://ada@db:5433/fleet', { user: 'ada', host: 'db', port: '5433', dbname: 'fleet' }],
    ['postgres://ada:s%3Acret@db/fleet', { user: 'ada', password: 's:cret', host: 'db', dbname: 'fleet' }],
    ['postgres:///fleet?host=/run/postgresql&port=5433', { dbname: 'fleet', host: '/run/postgresql', port: '5433' }],
    ['postgres://%2Frun%2Fpostgresql/fleet', { host: '/run/postgresql', dbname: 'fleet' }],
    ['postgres://ada@/fleet?host=/run', { user: 'ada', dbname: 'fleet', host: '/run' }],
    ['postgres://[::1]:5433/fleet', { host: '::1', port: '5433', dbname: 'fleet' }],
    ['postgres://db/fl%C3%A4che', { host: 'db', dbname: 'fläche' }],
    [
      'postgres://db/x?sslmode=require&connect_timeout=3',
      { host: 'db', dbname: 'x', sslmode: 'require', connect_timeout: '3' },
    ],
  ])('reads %s', (url, parameters) => {
    expect(parseConnectionUrl(url, {})).toEqual(parameters);
  });

  it('takes the environment for what the URL leaves open, and nothing of it for what it says', () => {
    const env = { PGHOST: 'other', PGUSER: 'eve', PGSSLMODE: 'disable', PGDATABASE: '' };
    expect(parseConnectionUrl('postgres://db/fleet', env)).toEqual({
      host: 'db',
      dbname: 'fleet',
      user: 'eve',
      sslmode: 'disable',
    });
  });

  it.each([
    ['mysql://db/x', 'not of the form'],
    ['fleet', 'not of the form'],
    ['postgres://a@b@c/x', 'not of the form'],
    ['postgres://db/x?sslmod=require', 'a parameter sslmod'],
    ['postgres://db/x?service=fleet', 'names a service'],
    ['postgres://a,b/x', 'several hosts'],
    ['postgres://db/%zz', 'a % that encodes nothing'],
  ])('refuses %s', (url, message) => {
    expect(() => parseConnectionUrl(url, {})).toThrow(message);
  });

  it.each([
    'postgres://me:hunter2@db/x?what=1',
    'postgres://me:12/hunter2@db/x',
    'postgres://me:12?hunter2@db/x',
    'postgres://me:12#hunter2@db/x',
    'postgres://db/x?channel_binding=hunter2@',
    'postgres://db/x?hunter2!=1',
  ])('never repeats what may be a password: %s', (url) => {
    expect(() => parseConnectionUrl(url, {})).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('leaves out what changes nothing, and refuses what it would promise', () => {
    const url = 'postgres://db/x?channel_binding=prefer&keepalives_idle=30&target_session_attrs=any';
    expect(parseConnectionUrl(url, {})).toEqual({ host: 'db', dbname: 'x' });
    expect(() => parseConnectionUrl('postgres://db/x?channel_binding=require', {})).toThrow(
      'plumb cannot keep channel_binding=require',
    );
  });

  it('reads any text, or says what is wrong with it', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('postgres://', ''), (text, scheme) => {
        try {
          parseConnectionUrl(scheme + text, {});
        } catch (error) {
          expect(error).toBeInstanceOf(PlumblineError);
        }
      }),
    );
  });
});
