import { parseOutcome } from '../kernel/attempt.ts';
import type { Machine } from '../kernel/machine.ts';
import { parseSingleNumber } from '../kernel/parse/single-number.ts';
import { valueOrNull } from '../model/outcome.ts';
import { type RunClient, runClient } from '../panes/client.ts';
import type { Multiplexer } from '../panes/multiplexer.ts';
import { MULTIPLEXERS } from '../panes/multiplexers.ts';
import { PaneServers } from '../panes/servers.ts';
import { type Finding, fine } from './finding.ts';

/** What one server has said, and how long it took. */
interface Asked {
  readonly pid: number;
  readonly version: string | null;
  readonly tookMs: number;
  readonly trouble: { readonly why: string; readonly hint: string } | null;
}

/**
 * Asks every server of a multiplexer within sight, as a look that wants the panes does.
 * Needs: for other users' servers root
 */
export async function examinePanes({ procfs, isLive }: Machine, run: RunClient = runClient): Promise<Finding[]> {
  if (!isLive) return [];
  const pids = valueOrNull(procfs.list())?.pids ?? [];
  const servers = new PaneServers({ procfs, run });
  const known = servers.among(pids);
  const findings = MULTIPLEXERS.map(async (multiplexer) => {
    const own = known.filter((it) => it.multiplexer === multiplexer);
    const asked = own.map(async (it): Promise<Asked> => {
      if (!('server' in it)) {
        return { pid: it.pid, version: null, tookMs: 0, trouble: { why: it.silence, hint: it.hint } };
      }
      const startedMs = performance.now();
      const listing = await servers.list(it);
      const tookMs = performance.now() - startedMs;
      const trouble = 'silence' in listing ? { why: listing.silence, hint: listing.hint } : null;
      // One that does not answer is not asked again.
      const said = trouble === null ? await run(it.server, multiplexer.version(it.server)) : null;
      const version = said !== null && 'stdout' in said ? versionIn(said.stdout) : null;
      return { pid: it.server.pid, version, tookMs, trouble };
    });
    return findingOf(multiplexer, await Promise.all(asked));
  });
  return Promise.all(findings);
}

function versionIn(text: string): string | null {
  return /\d+\.\d+[\w.]*/.exec(text)?.[0] ?? null;
}

function findingOf({ name }: Multiplexer, asked: readonly Asked[]): Finding {
  if (asked.length === 0) return fine(name, 'no server within sight');
  const silent = asked.flatMap(({ pid, trouble }) => (trouble ? [{ pid, ...trouble }] : []));
  const versions = [...new Set(asked.flatMap(({ version }) => version ?? []))].join(', ');
  const tookMs = Math.ceil(Math.max(...asked.map(({ tookMs: its }) => its)));
  const many = `${asked.length} server${asked.length === 1 ? '' : 's'}${versions === '' ? '' : ` of ${versions}`}`;
  if (silent.length === 0) return fine(name, `${many}, asked in ${tookMs} ms`);
  const whys = silent.map(({ pid, why }) => `${pid}: ${why}`).join('; ');
  return {
    what: name,
    state: 'lost',
    found: `${many}, ${silent.length} without an answer: ${whys}`,
    lost: `the panes of what runs there: unknown, after ${tookMs} ms in each look that asks`,
    mend: silent.find(({ hint }) => hint !== '')?.hint ?? '',
  };
}

/**
 * Whether a text can be typed past the multiplexer, into the terminal itself.
 *
 * Source: /proc/sys/kernel/yama/ptrace_scope, where Yama is built in
 * Needs:  nothing
 */
export function examineTyping({ procfs }: Machine, mayTraceOthers: boolean): Finding {
  const scope = valueOrNull(parseOutcome(procfs.read('sys/kernel/yama/ptrace_scope'), parseSingleNumber));
  const found = `Yama's ptrace_scope is ${scope ?? 'not there'}${mayTraceOthers ? ', and we have CAP_SYS_PTRACE' : ''}`;
  const isAllowed = scope === null || scope === 0 || (mayTraceOthers && scope < 3);
  if (isAllowed) return fine('typing', `through tmux, screen and past them: ${found}`);
  return {
    what: 'typing',
    state: 'lost',
    found,
    lost: 'typing past the multiplexer (nudge --transport direct): where none shows a session, it cannot be nudged',
    mend:
      scope === 3 ? 'only a reboot sets ptrace_scope back' : 'run plumb as root, or sysctl kernel.yama.ptrace_scope=0',
  };
}
