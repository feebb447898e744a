import type { HistoryEvent, RowState } from '../../registry/history.ts';

/** One thing that can differ between a row before and after, in words; null where it does not. */
type Difference = (before: RowState, after: RowState) => string | null;

const DIFFERENCES = {
  status: (before, after) => arrow(before.status, after.status),
  pid: (before, after) => {
    if (before.pid !== after.pid) return `pid ${arrow(before.pid ?? 'none', after.pid ?? 'none')}`;
    const isSame = before.startTimeTicks === after.startTimeTicks && before.bootId === after.bootId;
    return isSame ? null : `another process with pid ${after.pid}`;
  },
  terminal: (before, after) => arrow(before.terminal ?? 'no terminal', after.terminal ?? 'no terminal'),
  pane: (before, after) => arrow(before.pane ?? 'no pane', after.pane ?? 'no pane'),
  home: (before, after) => arrow(before.home ?? 'outside', after.home ?? 'outside'),
  command: (before, after) => arrow(before.command ?? 'no command', after.command ?? 'no command'),
  exe: (before, after) => {
    const differs = before.exe && after.exe && arrow(fileOf(before.exe), fileOf(after.exe));
    return differs ? `program ${differs}` : null;
  },
} satisfies Readonly<Record<string, Difference>>;

type Field = keyof typeof DIFFERENCES;

const ALL = Object.keys(DIFFERENCES) as readonly Field[];

/** Several events can be of one change: these are about a part of it. The others are about all of it. */
const ABOUT: ReadonlyMap<string, readonly Field[]> = new Map([
  ['detached', ['terminal']],
  ['attached', ['terminal']],
  ['moved', ['terminal', 'pane']],
  ['wandered', ['home']],
  ['home_deleted', ['home']],
  ['returned', ['status', 'home']],
  ['reexec', ['command', 'exe']],
]);

/** What changed in an event's row, in a few words; empty where an older plumb has not kept it. */
export function describeChange({ event, before, after }: Pick<HistoryEvent, 'event' | 'before' | 'after'>): string {
  if (!after) return '';
  if (!before) return 'new';
  const fields = ABOUT.get(event) ?? ALL;
  return fields.flatMap((field) => DIFFERENCES[field](before, after) ?? []).join(', ');
}

function arrow(before: string | number, after: string | number): string | null {
  return before === after ? null : `${before} → ${after}`;
}

function fileOf({ dev, ino }: NonNullable<RowState['exe']>): string {
  return `${dev}:${ino}`;
}
