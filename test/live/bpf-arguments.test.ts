import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CAN_PIN, readWhole, withIterators } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** A line of arguments_text. */
interface Command {
  readonly start: string;
  readonly exe: string;
  readonly whole: string;
  readonly argv: Buffer;
}

const SECONDS = '300';

describe('the command lines that arguments_text tells', () => {
  requires('root', 'iterators');
  const pins = withIterators(CAN_PIN, ['arguments_text']);

  function readCommands(): ReadonlyMap<number, Command> {
    const text = readWhole(pins().argumentsText).toString('latin1');
    expect(text).toMatch(/^[0-9a-f\t\n-]*$/);
    const lines = text.split('\n').map((line) => line.split('\t'));
    expect(lines.pop()).toEqual(['']);
    const [header, end] = [lines.shift(), lines.pop()];
    expect(header).toEqual(['0', '1', '', expect.stringMatching(/^\d+$/), '', '', '']);
    expect(end).toEqual(['2', String(lines.length), '', expect.stringMatching(/^\d+$/), '', '', '']);
    return new Map(
      lines.map(([kind, number, pid, start = '', exe = '', whole = '', argv = '', ...more]) => {
        expect([kind, number, more]).toEqual(['1', '', []]);
        return [Number(pid), { start, exe, whole, argv: Buffer.from(argv, 'hex') }];
      }),
    );
  }

  function start(file: string, argv: readonly string[]): number {
    const child = spawn(file, argv, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child.pid ?? 0;
  }

  const commandLine = (pid: number) => fs.readFileSync(`/proc/${pid}/cmdline`);
  const ready = (pid: number, comm: string) => waitFor(comm, () => processRow(pid)?.comm === comm);

  it('are those of terminals and of interpreters, as /proc has them', async () => {
    const terminal = await openTerminal(['sleep', SECONDS], { cwd: '/' });
    const node = start(globalThis.process.execPath, [
      '-e',
      'setInterval(() => {}, 1e6)',
      'a\tb',
      'c\nd',
      '',
      '\\.',
      'ü',
    ]);
    const perl = start('perl', ['-e', 'sleep 300']);
    const other = start('sleep', [SECONDS]);
    await Promise.all([ready(node, 'node'), ready(perl, 'perl'), ready(other, 'sleep')]);
    const commands = await waitFor('all to be told', () => {
      const told = readCommands();
      return [terminal.pid, node, perl].every((pid) => (told.get(pid)?.argv.length ?? 0) > 0) && told;
    });
    for (const pid of [terminal.pid, node, perl]) {
      const { dev, ino } = fs.statSync(`/proc/${pid}/exe`, { bigint: true });
      expect(commands.get(pid)).toMatchObject({
        whole: '1',
        argv: commandLine(pid),
        exe: dev.toString(16).padStart(8, '0') + ino.toString(16).padStart(16, '0'),
      });
    }
    expect(commands.has(other)).toBe(false);
  });

  it.each([1023, 1024, 1025, 5000])('of %i bytes say whether they are whole', async (bytes) => {
    const fixed = ['-e', 'sleep 300'];
    const length = bytes - ['perl', ...fixed].join('\0').length - 2;
    const pid = start('perl', [...fixed, 'x'.repeat(length)]);
    await ready(pid, 'perl');
    await waitFor('its arguments', () => commandLine(pid).length === bytes);
    // Not while its memory is being laid out: then there is nothing.
    const told = await waitFor('its arguments to be told', () => {
      const command = readCommands().get(pid);
      return command !== undefined && command.argv.length > 0 && command;
    });
    expect(told).toMatchObject({ whole: bytes > 1024 ? '0' : '1', argv: commandLine(pid).subarray(0, 1024) });
  });

  it('are what /proc has where a title was written over them, or not whole', async () => {
    const title =
      'a title that is longer than all of the arguments were, and goes on and on into what lies behind them';
    const terminal = await openTerminal(['perl', '-e', `$0 = "${title}" . "." x 200; sleep 300`], { cwd: '/' });
    const { pid } = terminal;
    await waitFor('its title', () => commandLine(pid).toString().startsWith('a title'));
    const told = readCommands().get(pid);
    const common = Math.min(told?.argv.length ?? 0, commandLine(pid).length);
    expect(common).toBeGreaterThan(20);
    expect(told?.argv.subarray(0, common)).toEqual(commandLine(pid).subarray(0, common));
    if (told?.whole === '1') expect(told.argv).toEqual(commandLine(pid));
  });

  it('are not asked of memory that is a file’s, which somebody else might serve', async () => {
    const script = `
import ctypes, tempfile, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
arg_start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[45])
page = arg_start & ~4095
memory = open("/proc/self/mem", "rb", buffering=0)
memory.seek(page)
file = tempfile.TemporaryFile()
file.write(memory.read(4096))
file.flush()
SHARED_FIXED = 0x11
where = libc.mmap(ctypes.c_void_p(page), ctypes.c_size_t(4096), 3, SHARED_FIXED, file.fileno(), ctypes.c_long(0))
if where != page: raise OSError(ctypes.get_errno(), "mmap")
open("/proc/self/comm", "w").write("python-moved")
time.sleep(300)`;
    const pid = start('python3', ['-c', script]);
    await ready(pid, 'python-moved');
    expect(readCommands().get(pid)).toMatchObject({ whole: '0', argv: Buffer.alloc(0) });
  });
});
