import { openDatagramSender } from '../kernel/native/datagram.ts';
import { PlumblineError } from '../model/errors.ts';

/** The service manager that has started us (systemd), as far as it wants to be told. */
export interface Service {
  /** How long it waits for a sign of life; null where it waits for none. */
  readonly watchdogMs: number | null;
  /** `READY=1`, `STATUS=…`, `WATCHDOG=1`, `STOPPING=1` */
  tell(line: string): void;
  close(): void;
}

/**
 * Finds the service manager by what it has put into the environment: $NOTIFY_SOCKET, and $WATCHDOG_USEC for the process
 * $WATCHDOG_PID. Where there is none, or no way to tell it, the watch is the same without.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3)
 * Needs:  koffi
 * @param note told why it cannot be told
 */
export async function findService(
  env: Readonly<Record<string, string | undefined>>,
  note: (message: string) => void,
): Promise<Service | null> {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = env;
  if (!address) return null;
  try {
    const sender = await openDatagramSender(address);
    const isForUs = !pid || pid === String(globalThis.process.pid);
    const watchdogMs = isForUs && /^[1-9]\d*$/.test(microseconds ?? '') ? Number(microseconds) / 1000 : null;
    let hasFailed = false;
    const tell = (line: string) => {
      const errno = sender.send(line);
      if (errno !== null && !hasFailed) note(`the service manager does not hear us: errno ${errno} from ${address}`);
      hasFailed = errno !== null;
    };
    return { watchdogMs, tell, close: () => sender.close() };
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    note(`the service manager cannot be told that we are ready: ${error.message}`);
    return null;
  }
}
