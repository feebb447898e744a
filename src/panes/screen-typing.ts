import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Pane } from '../model/pane.ts';
import { refuse } from '../model/refusal.ts';
import type { ClientRun, RunClient } from './client.ts';
import { screenRun } from './screen-client.ts';
import type { Typed, Typing } from './typing.ts';

/** `stuff` drops a text of 760 bytes and more without a word (4.9.0), so longer ones are pasted from a file. */
const MOST_STUFFED_BYTES = 750;

const BY_ITSELF = '--transport direct types into the terminal itself';

/** The register that a text is pasted from: nobody's, as far as can be. */
const REGISTER = '~';

/** The name of the file that it is read from. */
const FILE = 'text';

/**
 * Types through GNU screen. It says of nothing whether it was done, and its windows are named by numbers that can be
 * given away: whoever types with it has to see at the terminal that the text has arrived, before Enter is pressed.
 */
export function screenTyping(pane: Pane, run: RunClient, signal?: AbortSignal): Typing {
  const { server, id } = pane;
  const order = async (...command: readonly string[]): Promise<Typed> => {
    // Of a window that it does not have screen says nothing, and types into the one in front.
    if (id === null) return refuse('no_pane', 'which window of its screen shows it is not known', { hint: BY_ITSELF });
    const args: ClientRun = { ...screenRun(server, ['-p', id, '-X', ...command]), signal };
    const answer = await run(server, args);
    if ('silence' in answer) return { kind: 'uncertain', why: answer.silence };
    if (answer.code === 0) return { kind: 'typed' };
    const said = answer.stdout.trim() || answer.stderr.trim() || `it ended with ${answer.code}`;
    return refuse(/^No screen session found/m.test(said) ? 'changed' : 'pane', `screen did not type: ${said}`);
  };
  const files: string[] = [];
  return {
    transport: 'screen',
    mostBytes: null,
    type: async (bytes) => {
      const escaped = stuffed(bytes);
      if (Buffer.byteLength(escaped) <= MOST_STUFFED_BYTES) return order('stuff', escaped);
      const directory = writeFor(server, bytes);
      files.push(directory);
      const empty = `register ${REGISTER} ""`;
      // A file that it cannot read leaves the register as it was, and is no reason for it not to paste that.
      return order('eval', empty, `readreg ${REGISTER} '${directory}/${FILE}'`, `paste ${REGISTER}`, empty);
    },
    enter: () => order('stuff', '\\015'),
    lastLines: async () => null,
    // It reads the file some time after its client has ended; when all is over it has.
    close: () => {
      for (const directory of files) fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** screen expands `$NAME`, `^M` and `\015` in what it is told to type. */
function stuffed(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks of a paste hold ESC, and its line ends are CR
  return text.replace(/[\\$^]/g, '\\$&').replace(/[\x00-\x1f]/g, (control) => {
    return `\\${control.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

/**
 * Writes a text where the server's user, and nobody else, can read it: as `FILE` in the directory that is returned. The
 * directory stays ours: whoever could write there could have us remove other files, when we take it away.
 */
function writeFor({ uid, gid }: Pane['server'], bytes: Uint8Array): string {
  const directory = fs.mkdtempSync(path.resolve(placeForFiles(), 'plumbline-'));
  const file = `${directory}/${FILE}`;
  fs.writeFileSync(file, bytes, { mode: 0o600 });
  if (globalThis.process.geteuid?.() === 0) {
    fs.chownSync(file, uid, gid);
    fs.chmodSync(directory, 0o711);
  }
  return directory;
}

/** TMPDIR, but where screen could not be told the name: it expands `$` and `^` in quotes too. */
function placeForFiles(): string {
  const usual = os.tmpdir();
  return /^[\w./ -]+$/.test(usual) ? usual : '/tmp';
}
