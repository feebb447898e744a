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
