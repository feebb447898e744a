/** The options of `plumb sync`, as commander gives them. */
export interface SyncFlags {
  readonly dryRun?: true;
  readonly force?: true;
  readonly adoptHost?: true;
  readonly forget?: readonly string[];
  readonly init?: true;
  readonly apply?: true;
  readonly uninstall?: true;
  readonly role?: string;
  readonly watch?: true;
  readonly interval?: string;
}
