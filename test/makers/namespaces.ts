/** A command that runs a shell script in a mount namespace of its own, as the same process. */
export function inMountNamespace(script: string): string[] {
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', script];
}

/** A command that runs another one as the first process of a pid namespace, which ends with it. */
export function inPidNamespace(...command: string[]): string[] {
  return ['unshare', '-pf', '--kill-child', '--mount-proc', ...command];
}

/** A command that runs another one where /proc is mounted anew, with options of its own. */
export function withProcMounted(options: string, ...command: string[]): string[] {
  return [...inMountNamespace(`mount -t proc -o ${options} proc /proc; exec "$@"`), 'sh', ...command];
}

/** A command that runs another one as a user without any rights. */
export function asUser(uid: number, ...command: string[]): string[] {
  const rights = ['--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  return ['setpriv', '--reuid', String(uid), '--regid', String(uid), ...rights, ...command];
}
