import os from 'node:os';
import proc from 'node:process';

/** The day and the machine: a table without them says little. */
export function where() {
  const cpus = os.cpus();
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${proc.version}, Linux ${os.release()}, ${cpus.length} × ${cpus[0]?.model ?? '?'}`;
}
