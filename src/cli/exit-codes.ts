import type { PlumblineErrorCode } from '../model/errors.ts';

/** What the command ends with, for scripts to branch on. */
export const EXIT = {
  /** Fine. */
  ok: 0,
  /** The answer is no. */
  no: 1,
  /** The arguments or the configuration are wrong, or this is no Linux. */
  usage: 2,
  /** Too little could be seen to answer. */
  blind: 3,
  /** The registry, or the server that is asked, does not answer or refuses. */
  registry: 4,
  /** Our own mistake. */
  bug: 70,
} as const;

/** One of the codes above. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Which exit code every failure of the library becomes. */
export const EXIT_OF_ERROR: Readonly<Record<PlumblineErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  config: EXIT.usage,
  unsupported_platform: EXIT.usage,
  scene: EXIT.usage,
  blind: EXIT.blind,
  host_conflict: EXIT.registry,
  registry: EXIT.registry,
  schema: EXIT.registry,
};

/** `plumb help exit-codes`. */
export const EXIT_CODES_HELP = `Exit codes:
  0    fine; \`list\` without names: /proc could be listed
  1    the answer is no: provably no such session, or no single one
  2    wrong arguments or configuration, not Linux, or the answer could not be written
  3    too little could be seen to answer: run it as root, or on the host
  4    the registry, or the server that is asked, does not answer or refuses
  70   a bug in plumbline
  130  interrupted (Ctrl-C)
  143  terminated

Where several hold, the first of 70, 2, 4, 1, 3, 0 is given.
`;

const PRECEDENCE: readonly ExitCode[] = [EXIT.bug, EXIT.usage, EXIT.registry, EXIT.no, EXIT.blind, EXIT.ok];

/** The one exit code for several answers. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.ok;
}
