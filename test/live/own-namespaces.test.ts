/** What a program leaves behind that scripts/own-namespaces.mjs has run. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

const MODULE = path.join(import.meta.dirname, '../../scripts/own-namespaces.mjs');
/** Nobody else makes one of so many bytes. */
const BYTES = 1_234_567;

describe('runInOwnNamespaces()', () => {
  requires('root', 'setpriv', 'unshare', 'pid namespaces', 'mount namespaces');

  it('takes all shared memory along that the program has made and never removed', () => {
    const [file, script] = [`/dev/shm/${randomUUID()}`, `${makeScratch()}/run.mjs`];
    const body = `echo there >${file} && ipcmk -M ${BYTES} && cat ${file} /proc/sysvipc/shm`;
    const command = JSON.stringify(['sh', '-ec', body]);
    fs.writeFileSync(
      script,
      `import { runInOwnNamespaces } from '${MODULE}';\nrunInOwnNamespaces(() => ${command});\n`,
    );
    const told = execFileSync(globalThis.process.execPath, [script], { encoding: 'utf8' });
    expect(told).toContain('there');
    expect(told).toContain(String(BYTES));
    expect(fs.existsSync(file)).toBe(false);
    expect(fs.readFileSync('/proc/sysvipc/shm', 'utf8')).not.toContain(String(BYTES));
  });
});
