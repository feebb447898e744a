import path from 'node:path';
import type { PinnedMachine } from '../../fdw/bpf/install.ts';
import { PINS_DIRECTORY } from '../../kernel/bpf/pins.ts';
import { readHost } from '../../kernel/host.ts';
import { liveMachine } from '../../kernel/machine.ts';
import { PlumblineError } from '../../model/errors.ts';
import { requireHostId } from '../../registry/host.ts';

/** What of `plumb fdw install` says where the kernel is read. */
interface PinnedFlags {
  readonly pins?: string;
  readonly endpoint?: readonly string[];
}

/**
 * This machine, whose kernel the database's server reads.
 * @throws {PlumblineError} `usage` for an endpoint, and for a machine without an id
 */
export function pinnedMachine(hostId: string | null, { pins = PINS_DIRECTORY, endpoint }: PinnedFlags): PinnedMachine {
  if (endpoint !== undefined) {
    throw new PlumblineError('usage', '--via bpf asks no plumb serve, and --endpoint names one', {
      hint: 'leave --endpoint out',
    });
  }
  const host = readHost(liveMachine(), hostId);
  return {
    pins: path.resolve(pins),
    hostId: requireHostId(host),
    bootId: host.bootId,
    pidNamespace: host.pidNamespace,
  };
}
