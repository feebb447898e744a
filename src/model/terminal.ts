/** A controlling terminal. Its identity is the devpts instance and the index; the name alone can be another's. */
export interface Terminal {
  /** `pts/3`, `tty1`, `ttyS0`, or `major:minor` where the driver's name is unknown. */
  readonly name: string;
  /** Field 7 of stat: the device number. */
  readonly ttyNr: number;
  /** The devpts instance (its st_dev); null where no descriptor of the process could be seen on it. */
  readonly dev: bigint | null;
  /** N of `pts/N`; null for other terminals. */
  readonly index: number | null;
}

/**
 * When a terminal was last used. The kernel stamps only the first event in each window of eight seconds that begins at
 * a multiple of eight, so that nobody can time keystrokes: what is told is up to 8 s too early, never too late. A
 * terminal that was never used tells when it was opened.
 */
export interface TerminalTimes {
  /** A program has read what was typed. What is typed and not read changes nothing. */
  readonly lastInputAt: Date;
  /** A program has written to it. */
  readonly lastOutputAt: Date;
}

/** How a terminal treats what is typed, under the names of termios(3). */
export interface TerminalMode {
  /** It hands over whole lines, and edits them; a program that reads single keys has switched this off. */
  readonly canonical: boolean;
  /** It shows what is typed. */
  readonly echo: boolean;
  /** Ctrl-C, Ctrl-Z and Ctrl-\ send signals. */
  readonly isig: boolean;
}
