/** One of the pins through which the kernel tells every process, as somebody finds it. */
export interface PinStatus {
  readonly name: string;
  readonly path: string;
  /**
   * `usable`: we may read it, and what it gives is whole. `absent`: nothing is there. `denied`: it may not be read, or not
   * be found. `untrusted`: others than root have made it, or may change it. `damaged`: it may be read, and gives no whole
   * reading.
   */
  readonly state: 'usable' | 'absent' | 'denied' | 'untrusted' | 'damaged';
  /** Why it is not usable; empty where it is. */
  readonly why: string;
  readonly owner: PinOwner | null;
  /** The program in it; null where it may not be looked into. */
  readonly program: { readonly id: number; readonly name: string; readonly tag: string } | null;
  /** What one reading has given; null where none was had. */
  readonly reading: PinReading | null;
}

/** Whose a pin is. */
export interface PinOwner {
  readonly uid: number;
  readonly gid: number;
  /** The group by name; null where it has none. */
  readonly group: string | null;
  /** In octal: `0640`. */
  readonly mode: string;
}

/** One reading of a pin. */
export interface PinReading {
  /** Null where the kernel has lost the count. */
  readonly rows: number | null;
  readonly layout: number;
  readonly tookMs: number;
}

/** What became of one pin when it was installed. */
export interface InstalledPin {
  readonly name: string;
  /**
   * `pinned`: it is new. `replaced`: it was of another version. `corrected`: its group or mode was another one. `kept`:
   * it was as it should be. `left_out`: there is none, and the others do without.
   */
  readonly change: 'pinned' | 'replaced' | 'corrected' | 'kept' | 'left_out';
  /** Why it was left out; else empty. */
  readonly why: string;
  /** What one reading of it has given; null where it was left out. */
  readonly reading: PinReading | null;
}

/** Something that an iterator takes: the kernel's, the machine's, ours. */
export type RequirementName =
  | 'kernel'
  | 'BTF'
  | 'bpf'
  | 'lockdown'
  | 'rights'
  | 'mounting'
  | 'namespace'
  | 'bpffs'
  | 'libbpf'
  | 'object';

/** Whether it is there. */
export interface Requirement {
  readonly what: RequirementName;
  /** `unknown`: it could not be told, and whoever tries will see. */
  readonly answer: 'yes' | 'no' | 'unknown';
  /** What was found. */
  readonly found: string;
  /** What to do where it is not there; empty where there is nothing. */
  readonly mend: string;
}
