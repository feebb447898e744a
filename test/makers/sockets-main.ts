import { CoverageLog } from '../../src/kernel/coverage.ts';
import { loadNetlink } from '../../src/kernel/native/netlink.ts';
import { findNetNamespaces } from '../../src/kernel/net-namespaces.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { ALL_PROTOCOLS, readSockets } from '../../src/kernel/sockets.ts';

// Reads the sockets of some processes' network namespaces as another user: pids are its arguments.
const procfs = liveProcfs();
const log = new CoverageLog();
const namespaces = findNetNamespaces(procfs, globalThis.process.argv.slice(2).map(Number), log);
const netlink = await loadNetlink();
const ask = { wants: null, withTcpInfo: false, protocols: ALL_PROTOCOLS };
const found = namespaces.map((namespace) => {
  const ports = readSockets({ procfs, netlink, log }, [namespace], ask).map(({ local }) => local?.port ?? 0);
  return { ...namespace, ports: [...new Set(ports)].sort((a, b) => a - b) };
});
const bigintsAsText = (_key: string, it: unknown) => (typeof it === 'bigint' ? String(it) : it);
globalThis.process.stdout.write(JSON.stringify({ found, reasons: log.reasons() }, bigintsAsText));
