import { describe, expect, it } from 'vitest';
import { psqlCommand } from './psql-command.ts';

describe('psqlCommand()', () => {
  it.each([
    ['/run/\u{e9}', "psql -h '/run/\u{e9}' -d plumbline"],
    ['127.0.0.1:5433', 'psql -h 127.0.0.1 -p 5433 -d plumbline'],
    ['[::1]:5433', 'psql -h ::1 -p 5433 -d plumbline'],
    ['/run/plumbline', 'psql -h /run/plumbline -d plumbline'],
    ['/run/plumbline:5433', 'psql -h /run/plumbline -p 5433 -d plumbline'],
    ["/run/it's here", "psql -h '/run/it'\\''s here' -d plumbline"],
  ])('gets to %s', (address, command) => {
    expect(psqlCommand(address)).toBe(command);
  });
});
