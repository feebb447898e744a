import { observePanes } from './list-panes.ts';
import { MachineLook } from './look/machine-look.ts';
import { whyPane } from './look/why-pane.ts';
import { whyPath } from './look/why-path.ts';
import { whyPid } from './look/why-pid.ts';
import { type PortQuestion, whyPort } from './look/why-port.ts';
import type { Why } from './model/why.ts';
import type { ObserveOptions } from './observe.ts';

/** What is to be led to its session. */
export type WhyQuestion =
  | { readonly kind: 'pid'; readonly pid: number }
  | ({ readonly kind: 'port'; readonly asked: string } & PortQuestion)
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'pane'; readonly pane: string };

/**
 * Leads from a process, a port, a file or a pane to its session, with every step on the way.
 *
 * Source: what `observe` reads; for a port sock_diag or /proc/<pid>/net; for a path the open files of all processes
 * Needs:  nothing for a process; same uid or CAP_SYS_PTRACE to see who has a socket or a file
 * @throws {PlumblineError} what `observe` throws
 * @example
 * const { answer, sessions } = await why({ kind: 'pid', pid: 4711 }, { homes: parseHomes(['/srv/agents/*']) });
 */
export async function why(question: WhyQuestion, options: ObserveOptions = {}): Promise<Why> {
  if (question.kind === 'pane') {
    const panes = await observePanes(options);
    return whyPane({ look: await MachineLook.open(options), panes }, question.pane);
  }
  const look = await MachineLook.open(options);
  if (question.kind === 'pid') return whyPid(look, question.pid);
  return question.kind === 'port' ? whyPort(look, question.asked, question) : whyPath(look, question.path);
}
