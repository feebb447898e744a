import fs from 'node:fs';
import { parseEndpoints, urlOf } from '../../fdw/endpoint.ts';
import type { ProgramToTry } from '../../fdw/program-trial.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Call } from '../call.ts';
import { localEndpoint } from './local-endpoint.ts';

/**
 * The command by which the user of a database's server can ask this machine: this plumb, asking the server that is named,
 * or that has its socket where they are looked for; else looking itself, as it is configured here.
 * @throws {PlumblineError} `usage` for several servers, since a command runs on one machine
 */
export function programToTry({ flags }: Call, endpoints: readonly string[]): ProgramToTry {
  const { argv, execPath, env } = globalThis.process;
  const plumb = [execPath, fs.realpathSync(argv[1] ?? ''), 'sql', '-o', 'tsv', '--no-headings'];
  if (endpoints.length > 1) {
    throw new PlumblineError('usage', 'a command is run on one machine, and --endpoint names several', {
      hint: '--via wire asks several',
    });
  }
  const [endpoint] = parseEndpoints(endpoints.length > 0 ? endpoints : localEndpoints(env));
  if (endpoint !== undefined) return { words: [...plumb, '--connect', urlOf(endpoint), '--'], isOwnLook: false };
  const look = [
    ...(flags.config === null ? [] : ['--config', fs.realpathSync(flags.config)]),
    ...(flags.homes ?? []).flatMap((it) => ['--home', it]),
    ...(flags.commands ?? []).flatMap((it) => ['--command', it]),
    ...(flags.terminal === null ? [] : ['--terminal', flags.terminal]),
    ...(flags.source === null ? [] : ['--source', flags.source]),
    ...(flags.hostId === null ? [] : ['--host-id', flags.hostId]),
  ];
  return { words: [...plumb, ...look, '--'], isOwnLook: true };
}

function localEndpoints(env: Readonly<Record<string, string | undefined>>): string[] {
  const found = localEndpoint(env);
  return found === null ? [] : [found];
}
