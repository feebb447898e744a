import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { CAN_PIN, readWhole, withIterators } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { decodeBinary, decodeText, SOUND } from '../makers/told.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Each ends a line, a field or the table for somebody, or is no text at all; the last is longer than a row has room for. */
const NAMES = [
  'a\nb',
  'a\tb',
  '\\.',
  'a\\nb',
  '\xff\xfe',
  ') Z 1 (',
  '%s%n',
  ' ',
  '\x01',
  'n'.repeat(64),
  'n'.repeat(65),
  'n'.repeat(200),
];

describe('names in what the iterators tell', () => {
  requires('cc', 'root', 'iterators');
  const pins = withIterators(CAN_PIN);

  function readBoth() {
    const [binary, text] = [decodeBinary(readWhole(pins().sessions)), decodeText(readWhole(pins().sessionsText))];
    expect([binary.layout, text.layout]).toEqual([1n, 1n]);
    for (const { counted, rows } of [binary, text]) expect(counted).toBe(BigInt(rows.length));
    return [binary, text] as const;
  }

  it('tell programs, directories and processes, byte by byte', async () => {
    const scratch = makeScratch();
    const started = NAMES.map((name, number) => startCalled(Buffer.from(name, 'latin1'), `${scratch}/${number}`));
    for (const { pid, bytes } of started) {
      await waitFor('the program', () => processRow(pid)?.comm === bytes.toString('latin1', 0, 15));
    }
    for (const { rows } of readBoth()) {
      for (const { pid, bytes, ino } of started) {
        const row = rows.find(({ numbers }) => numbers.pid === BigInt(pid));
        expect(row).toMatchObject({ verdict: SOUND, comm: bytes.toString('hex', 0, 15) });
        expect(row?.exeName).toBe(bytes.length > 64 ? null : bytes.toString('hex'));
        expect(row?.levels[0]?.ino).toBe(ino);
      }
    }
  });

  /** Runs a program of this name in a directory of such a name. */
  function startCalled(bytes: Buffer, place: string) {
    const program = Buffer.concat([Buffer.from(`${place}/`), bytes]);
    const directory = Buffer.concat([Buffer.from(`${place}/d`), bytes]);
    fs.mkdirSync(place);
    fs.copyFileSync(compile('agent'), program);
    fs.mkdirSync(directory);
    // Node has no way to pass bytes that are no text: perl has.
    const script = 'chdir(pack "H*", $ARGV[1]) and exec {pack "H*", $ARGV[0]} "x"';
    const pid = start('perl', ['-e', script, program.toString('hex'), directory.toString('hex')]);
    return { pid, bytes, ino: fs.statSync(directory, { bigint: true }).ino };
  }

  function start(file: string, argv: readonly string[]): number {
    const child = spawn(file, argv, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child.pid ?? 0;
  }

  it('tell that a process has none at all', async () => {
    const PR_SET_NAME = 15;
    const script = `import ctypes, time; ctypes.CDLL(None).prctl(${PR_SET_NAME}, b"", 0, 0, 0); time.sleep(300)`;
    const pid = start('python3', ['-c', script]);
    await waitFor('its lack of a name', () => processRow(pid)?.comm === '');
    for (const { rows } of readBoth()) {
      const row = rows.find(({ numbers }) => numbers.pid === BigInt(pid));
      expect(row).toMatchObject({ verdict: SOUND, comm: '', exeName: expect.stringMatching(/^707974686f6e/) });
    }
  });

  it('what is typed is told, and when; and the mode of the terminal', async () => {
    const terminal = await openTerminal(['bash', '--norc', '-c', 'sleep 300; true'], { cwd: '/usr' });
    const pid = await programBelow(terminal.pid, 'sleep');
    terminal.type('four');
    terminal.press('not yet a line');
    const find = () => readBoth().map(({ rows }) => rows.find(({ numbers }) => numbers.pid === BigInt(pid)));
    await waitFor('what was typed', () => find()[0]?.numbers.unread === 5n);
    const node = fs.statSync(`/dev/${terminal.name}`, { bigint: true });
    for (const row of find()) {
      expect(row?.numbers).toMatchObject({
        unread: 5n,
        tty_dev: terminal.dev,
        tty_read_seconds: node.atimeMs / 1000n,
        tty_written_seconds: node.mtimeMs / 1000n,
      });
      // ISIG, ICANON, ECHO: what a terminal begins with.
      expect((row?.numbers.lflag ?? 0n) & 0o13n).toBe(0o13n);
    }
  });
});
