/** What an agent writes about itself into DIRECTORY/NAME.pid: complete or not at all, by rename(2). */
export interface PidFile {
  readonly pid: number;
  /** Where that number counts (os.hostname()): a directory of pid files may be shared with a container. */
  readonly host: string;
  /** Its program file: /proc/self/exe. */
  readonly exe: string;
  /** `bet-a %3`; null without tmux. */
  readonly pane: string | null;
}

/** The file's text: one value a line, the number first, as every tool that reads pid files expects it. */
export function pidFileText({ pid, host, exe, pane }: PidFile): string {
  return `${pid}\n${host}\n${exe}\n${pane ?? ''}\n`;
}

/** @throws {Error} where it is no such file */
export function parsePidFile(text: string): PidFile {
  const [pid = '', host, exe, pane, rest, ...more] = text.split('\n');
  if (!/^[1-9]\d*$/.test(pid) || !host || !exe || pane === undefined || rest !== '' || more.length > 0)
    throw new Error(`no pid file: ${JSON.stringify(text)}`);
  return { pid: Number(pid), host, exe, pane: pane === '' ? null : pane };
}
