import type { TcpInfo } from '../../model/socket.ts';
import { LITTLE_ENDIAN } from './netlink.ts';

/** Where the numbers stand; each kernel has added some at the end. */
const LAST_DATA_SENT = 44;
const LAST_DATA_RECEIVED = 52;
const RTT = 68;
const BYTES_ACKED = 120;
const BYTES_RECEIVED = 128;
const BYTES_SENT = 200;

/**
 * Reads what the kernel keeps of a TCP connection, as far as this kernel has it.
 * Where nothing was ever sent the kernel counts from when the connection was made: that is null here.
 *
 * Source: struct tcp_info, tcp(7), since Linux 2.4; bytes acknowledged and received since 4.1, sent since 4.19
 * Shape:  null for a number that lies behind the end
 * Units:  bytes, milliseconds, microseconds
 */
export function decodeTcpInfo(view: DataView, start: number, end: number): TcpInfo {
  const u32 = (at: number) => (start + at + 4 <= end ? view.getUint32(start + at, LITTLE_ENDIAN) : null);
  const u64 = (at: number) => (start + at + 8 <= end ? view.getBigUint64(start + at, LITTLE_ENDIAN) : null);
  const bytesSent = u64(BYTES_SENT);
  const bytesReceived = u64(BYTES_RECEIVED);
  return {
    bytesSent,
    bytesAcked: u64(BYTES_ACKED),
    bytesReceived,
    lastDataSentMs: bytesSent === 0n ? null : u32(LAST_DATA_SENT),
    lastDataReceivedMs: bytesReceived === 0n ? null : u32(LAST_DATA_RECEIVED),
    rttUs: u32(RTT),
  };
}
