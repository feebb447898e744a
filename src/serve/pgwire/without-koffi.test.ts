import fs from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { makeScratch } from '../../../test/makers/scratch.ts';
import { WireClient } from '../../../test/makers/wire-client.ts';
import { serverOf } from '../../../test/makers/wire-server.ts';

vi.mock('koffi', () => {
  throw new Error('no binary for this machine');
});

describe('a server without koffi', () => {
  it('serves a directory, to those alone whom the mode of its socket lets through', async () => {
    const directory = makeScratch();
    await serverOf({}, { addresses: [directory] });
    const file = `${directory}/.s.PGSQL.5432`;
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const client = await WireClient.start(file);
    expect(await client.value('echo 1')).toBe('1');
    client.destroy();
    await expect(serverOf({}, { addresses: [directory] })).rejects.toThrow('a server answers there');
  });

  it('does not listen where it cannot see who connects, and says what to do', async () => {
    await expect(serverOf({}, { addresses: ['127.0.0.1:0'] })).rejects.toMatchObject({
      code: 'unsupported_platform',
      hint: expect.stringContaining('plumb serve --pg /'),
    });
    const others = serverOf({}, { addresses: [makeScratch()], allowedUsers: ['nobody'] });
    await expect(others).rejects.toMatchObject({
      code: 'unsupported_platform',
      hint: expect.stringContaining('leave --allow-user out'),
    });
  });
});
