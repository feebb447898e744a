import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../model/errors.ts';
import { cannotOpen, DamagedStore, Spoken } from './opening.ts';

describe('cannotOpen()', () => {
  it.each([
    'could not open file "global/pg_control": No such file or directory',
    'could not read file "global/pg_control": read 0 of 296',
    'could not read blocks 0..0 in file "global/1": read only 0 of 8192 bytes',
    'could not access status of transaction 870: Could not open file "pg_xact/0000": No such file or directory.',
    'database files are incompatible with server',
  ])('takes for damage: %s', (why) => expect(cannotOpen('/d', why)).toBeInstanceOf(DamagedStore));

  it.each([
    ['WebAssembly.Memory(): could not allocate memory', /ulimit -v/],
    ['could not resize shared memory segment "x" to 4308 bytes: No space left on device', /make room/],
    ['could not write to log file "x" at offset 49152, length 8192: File too large', /ulimit -f/],
    ['could not read directory "pg_replslot": No file descriptors available', /ulimit -n/],
    ['could not access status of transaction 8: Could not open file "pg_xact/0000": Permission denied.', /yours/],
    ['lock file "postmaster.pid" already exists', /yours/],
    ['something that nobody has seen before', /if it is damaged, move it away/],
  ])('leaves the directory alone: %s', (why, hint) => {
    const error = cannotOpen('/d', why);
    expect(error).toBeInstanceOf(PlumblineError);
    expect(error).toMatchObject({ code: 'registry', hint: expect.stringMatching(hint) });
  });
});

describe('Spoken', () => {
  it('gives the last fatal line with its detail', () => {
    const spoken = new Spoken();
    spoken.hear('2026-11-25 13:08:22.774 UTC [42] LOG:  starting');
    expect(spoken.reason).toBeNull();
    spoken.hear('2026-11-25 13:08:22.774 UTC [42] FATAL:  could not access status of transaction 870');
    spoken.hear('2026-11-25 13:08:22.774 UTC [42] DETAIL:  Could not open file "pg_xact/0000": Permission denied.');
    expect(spoken.reason).toBe(
      'could not access status of transaction 870: Could not open file "pg_xact/0000": Permission denied.',
    );
  });

  it('knows the line of a server that has not begun', () => {
    const spoken = new Spoken();
    spoken.hear('postgres: could not access the server configuration file "/x": No such file or directory');
    expect(spoken.reason).toBe('could not access the server configuration file "/x": No such file or directory');
  });
});
