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

/** How a terminal treats what is typed, under the names of termios(3). */
export interface TerminalMode {
  /** It hands over whole lines, and edits them; a program that reads single keys has switched this off. */
  readonly canonical: boolean;
  /** It shows what is typed. */
  readonly echo: boolean;
  /** Ctrl-C, Ctrl-Z and Ctrl-\ send signals. */
  readonly isig: boolean;
}
