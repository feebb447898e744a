import type { ClientAnswer, ClientSilence, RunClient } from './client.ts';

/** Runs each client once: who asks a server the same again within one answer gets what it has said. */
export function askedOnce(run: RunClient): RunClient {
  const answers = new Map<string, Promise<ClientAnswer | ClientSilence>>();
  return (server, asked) => {
    const key = [server.pid, server.startTimeTicks, ...asked.args].join('\0');
    const answer = answers.get(key) ?? run(server, asked);
    answers.set(key, answer);
    return answer;
  };
}
