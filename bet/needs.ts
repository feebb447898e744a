import fs from 'node:fs';
import { postgresVersions } from '../test/makers/postgres-cluster.ts';
import { whatCgroupsLack } from './world/cgroups.ts';

/** The inode of the machine's own pid namespace. */
const WHOLE_MACHINE = 'pid:[4026531836]';

/** All that this machine lacks for a run, each with what mends it; empty where it lacks nothing. */
export function whatIsMissing(plumb: string): string[] {
  const found = [
    process.getuid?.() === 0 ? null : 'root: it makes control groups and namespaces. Run it as root',
    fs.readlinkSync('/proc/self/ns/pid') === WHOLE_MACHINE
      ? null
      : 'the whole machine: this is a pid namespace, in which plumbline cannot prove that a session is not there',
    installed('tmux', 'tmux'),
    installed('setpriv', 'util-linux'),
    installed('unshare', 'util-linux'),
    postgresVersions().length > 0 ? null : 'Postgres: none is installed (Debian: postgresql; else PGBIN_15=/…/bin)',
    contributed(),
    process.getuid?.() === 0 ? whatCgroupsLack() : null,
    fs.existsSync('/proc/sys/kernel/ns_last_pid')
      ? null
      : '/proc/sys/kernel/ns_last_pid: this kernel was built without CONFIG_CHECKPOINT_RESTORE, and numbers cannot be given again',
    fs.existsSync(plumb) ? null : `${plumb}: npm run build`,
  ];
  return found.filter((it) => it !== null);
}

function installed(program: string, debianPackage: string): string | null {
  const directories = (process.env['PATH'] ?? '').split(':');
  const isThere = directories.some((directory) => fs.existsSync(`${directory}/${program}`));
  return isThere ? null : `${program}: it is not installed (Debian: ${debianPackage})`;
}

/** What Debian has in the server's own package, and others in one of their own. */
function contributed(): string | null {
  const newest = postgresVersions().at(-1);
  const missing = ['pg_stat_statements', 'pg_walinspect', 'postgres_fdw'].filter((name) => {
    const places = [`/usr/share/postgresql/${newest?.major}/extension`, `${newest?.bin}/../share/extension`];
    return !places.some((place) => fs.existsSync(`${place}/${name}.control`));
  });
  if (!newest || missing.length === 0) return null;
  return `${missing.join(', ')}: Postgres ${newest.major} has no such extension here (its contrib package has it)`;
}
