import type { ProcessStat } from '../model/process.ts';
import { type ByteString, toText } from '../model/text.ts';
import { readConnections } from './connections.ts';
import type { MachineLook } from './machine-look.ts';
import type { Role } from './why-process.ts';

/**
 * Who listens on a Unix socket that is bound to one of these paths: by the path's text, as the process gave it, which the
 * kernel keeps.
 */
export async function listenersAt(look: MachineLook, paths: readonly ByteString[]): Promise<[ProcessStat, Role][]> {
  const all = await readConnections(look, { sessions: null, wants: (column) => column === 'holders', options: {} });
  const bound = all.filter(({ socket }) => socket.path !== null && paths.includes(socket.path));
  return bound.flatMap(({ socket, holders }) =>
    (holders ?? []).map((holder): [ProcessStat, Role] => {
      const { pid } = holder.stat;
      const role = socket.state === 'LISTEN' ? 'listens on it' : 'has a Unix socket of that path';
      const evidence = {
        fact: `${pid} ${role}`,
        value: `${toText(socket.path ?? '').text}, socket ${socket.inode}`,
        source: `/proc/${pid}/fd/${holder.fds[0]}`,
        check: `readlink /proc/${pid}/fd/${holder.fds[0]}; ss -xanpe | grep -w ${socket.inode}`,
      };
      return [holder.stat, { role, evidence: [evidence] }];
    }),
  );
}
