import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { waitFor } from '../../test/makers/wait-for.ts';
import { makeArena } from '../systems/test-arena.ts';
import { AGENT_ROLES, type AgentRole, type AgentRow } from '../world/contract.ts';
import { loadPeerPid } from '../world/peer-pid.ts';
import { type AgentLink, TruthServer } from '../world/truth-server.ts';
import type { AgentSettings } from './talk.ts';

/** A world of a test's own with the real agents, and the harness's end of their socket. */
export async function makeWorld(sessions: readonly string[], ignoring: readonly string[] = []) {
  const { arena, cluster, tmux, open, admin } = await makeArena(sessions);
  const links: AgentLink[] = [];
  const truth = new TruthServer(loadPeerPid(), { came: (link) => links.push(link), went: () => {} });
  const truthSocket = path.join(arena.scratch, 'truth');
  await truth.listen(truthSocket);
  // Agents end when there is no harness any more.
  onTestFinished(() => links.filter(({ isOpen }) => isOpen).forEach(({ pid }) => void process.kill(pid, 'SIGKILL')));
  onTestFinished(() => truth.close());
  const { pathname } = new URL(arena.database.adminUrl.replace('@/', '@localhost/'));
  const settings: AgentSettings = {
    truthSocket,
    database: { host: cluster.socketDirectory, port: cluster.port, database: pathname.slice(1) },
    pidFiles: path.dirname(arena.pidFile('')),
    ignoring,
  };
  const program = path.join(arena.scratch, 'bet-agent');
  fs.writeFileSync(`${program}.json`, JSON.stringify(settings));
  await bundle(program);
  /** The one that comes after so many others of this name. */
  const coming = (session: string, after = 0) => {
    return waitFor(`the hello of ${session}`, () => links.filter(({ name }) => name === session)[after]);
  };
  const start = async (session: string) => {
    const pane = open(session);
    return { pane, link: await coming(session) };
  };
  const row = async (role: AgentRole, session: string) => {
    const { rows } = await admin(`select * from ${role} where name = '${session}'`);
    return (rows[0] as AgentRow | undefined) ?? null;
  };
  const statuses = async (session: string) => {
    return Promise.all(AGENT_ROLES.map(async (role) => (await row(role, session))?.status ?? null));
  };
  const registered = (session: string) => {
    return waitFor(`${session} to be registered`, async () => {
      return (await statuses(session)).every((status) => status === 'alive');
    });
  };
  const pidFile = (session: string) => {
    const file = arena.pidFile(session);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  };
  /** From now on every change of this table is noted; when they were. */
  const beatsInto = async (role: AgentRole) => {
    await admin(`create table noted_${role} (at timestamptz);
      create function note_${role}() returns trigger language plpgsql security definer as
        $$ begin insert into noted_${role} values (new.last_seen); return null; end $$;
      create trigger noted after update on ${role} for each row execute function note_${role}()`);
    return async () => {
      const { rows } = await admin(`select at from noted_${role} order by at`);
      return (rows as { readonly at: Date }[]).map(({ at }) => at.getTime());
    };
  };
  const place = { arena, cluster, tmux, truth };
  return { ...place, coming, start, row, statuses, registered, pidFile, beatsInto };
}

/** As bet/run.mjs makes it. */
async function bundle(program: string): Promise<void> {
  await build({
    absWorkingDir: path.join(import.meta.dirname, '../..'),
    entryPoints: ['bet/agent/main.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    external: ['koffi', 'pg-native'],
    logLevel: 'warning',
  });
}

/** Until the kernel has closed its socket. */
export function goneOf(link: AgentLink): Promise<true> {
  return waitFor(`the end of ${link.name}`, () => !link.isOpen && true);
}
