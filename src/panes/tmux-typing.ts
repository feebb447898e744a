import { randomUUID } from 'node:crypto';
import type { Pane } from '../model/pane.ts';
import { type Refusal, refuse } from '../model/refusal.ts';
import type { RunClient } from './client.ts';
import { saidBy, tmuxRun } from './tmux-client.ts';
import type { Typed, Typing } from './typing.ts';

/** What the server says when it has typed. Its exit code says nothing: to a pane in copy mode it is 0 as well. */
const SENT = 'plumbline-sent';

/** What the server tells of the program in front: the name of the foreground group's leader, read in that moment. */
const FRONT = 'pane_current_command';

/** What must hold in the server, at the moment of typing, for keys to arrive: a flag of the pane, and its name. */
const OBSTACLES: readonly (readonly [flag: string, name: string])[] = [
  ['pane_dead', 'its program has ended, and the pane is kept (dead)'],
  ['pane_in_mode', 'it is in copy mode, where keys are commands'],
  ['pane_input_off', 'its input is switched off'],
  ['pane_synchronized', 'its window types into all of its panes (synchronize-panes)'],
];

/** What the server tells where it has not typed, and where among that stands who is in front. */
const WHY = ['pane_id', 'pane_pid', 'pid', ...OBSTACLES.map(([flag]) => flag), FRONT];
const FRONT_AT = WHY.indexOf(FRONT);

/** What a client says that has found no server, or no pane: it has done nothing. One that lost its server says another thing. */
const NOBODY_THERE = /^(?:no server running|error connecting|can't find (?:pane|window|session))/;

/** How many of the pane's lines are its last ones. */
const LAST_LINES = 10;

/**
 * Types through tmux. The check and the typing are one command of the server, which does one thing at a time: between
 * them nobody can swap, kill or respawn the pane. It checks that the pane, the pane's first process and the server are
 * the ones that the kernel has told, and that what is typed would arrive. From the second step on it checks as well
 * that the same program is in front: a shell that has got its terminal back is not.
 *
 * The text goes through a buffer of a name of its own: it is quoted nowhere, and an old buffer is never pasted.
 */
export function tmuxTyping(pane: Pane, run: RunClient, signal?: AbortSignal): Typing {
  const { server, firstPid } = pane;
  const id = String(pane.id);
  const facts = [
    `#{==:#{pane_id},${id}}`,
    `#{==:#{pane_pid},${firstPid}}`,
    `#{==:#{pid},${server.innerPid}}`,
    ...OBSTACLES.map(([flag]) => `#{?${flag},0,1}`),
  ];
  const why = WHY.map((it) => `#{${it}}`).join(' ');
  // What is in front in the pane, as the server names it; null where that is not known, or has another meaning in a format.
  let front: string | null = null;
  const remember = (name: string) => {
    front = /^[\w.+-]+$/.test(name) ? name : null;
  };
  const guarded = async (
    act: string,
    otherwise: string,
    given: { readonly before?: readonly string[]; readonly input?: Uint8Array } = {},
  ): Promise<Typed> => {
    const no = `${otherwise}display-message -p -t ${id} '${why}'`;
    const condition = [...facts, ...(front === null ? [] : [`#{==:#{${FRONT}},${front}}`])].reduceRight(
      (rest, fact) => `#{&&:${fact},${rest}}`,
    );
    const args = [...(given.before ?? []), 'if-shell', '-F', '-t', id, condition];
    const answer = await run(server, {
      ...tmuxRun(server, [...args, `${act} ; display-message -p -t ${id} '${SENT} #{${FRONT}}'`, no]),
      ...(given.input && { input: given.input }),
      signal,
    });
    // Whatever the reason, the server may have done it before it fell silent.
    if ('silence' in answer) return { kind: 'uncertain', why: answer.silence };
    const said = answer.stdout.trim();
    if (answer.code === 0) {
      const wanted = front;
      const isSent = said.startsWith(SENT);
      // A program without a name leaves the last word out: then the one before it is no name.
      remember(said.split(' ')[isSent ? 1 : FRONT_AT] ?? '');
      return isSent ? { kind: 'typed' } : refusalOf(said, pane, wanted);
    }
    if (NOBODY_THERE.test(answer.stderr)) return refuse('changed', `tmux did not type: ${saidBy(answer)}`);
    return { kind: 'uncertain', why: `tmux did not say whether it has typed: ${saidBy(answer)}` };
  };
  return {
    transport: 'tmux',
    mostBytes: null,
    prepare: async () => {
      const answer = await run(server, {
        ...tmuxRun(server, ['display-message', '-p', '-t', id, `#{${FRONT}}`]),
        signal,
      });
      if (!('silence' in answer) && answer.code === 0) remember(answer.stdout.trim());
    },
    type: (bytes) => {
      const buffer = `plumbline-${randomUUID()}`;
      const before = ['load-buffer', '-b', buffer, '-', ';'];
      // -d takes the buffer away again, -r leaves every byte as it is.
      return guarded(`paste-buffer -d -r -b ${buffer} -t ${id}`, `delete-buffer -b ${buffer} ; `, {
        before,
        input: bytes,
      });
    },
    enter: () => guarded(`send-keys -t ${id} Enter`, ''),
    lastLines: async () => {
      const same = `#{&&:#{==:#{pane_pid},${firstPid}},#{==:#{pid},${server.innerPid}}}`;
      const args = ['if-shell', '-F', '-t', id, same, `capture-pane -p -t ${id}`, `display-message -p ''`];
      const answer = await run(server, { ...tmuxRun(server, args), signal });
      if ('silence' in answer) return refuse('unseen', `tmux does not show the pane: ${answer.silence}`);
      if (answer.code !== 0) return refuse('changed', `tmux does not show the pane: ${saidBy(answer)}`);
      return Buffer.from(answer.stdout, 'latin1').toString('utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    },
    close: () => {},
  };
}

/** Why the server has not typed, by what it says of the pane. */
function refusalOf(said: string, { id, server, firstPid }: Pane, front: string | null): Refusal {
  const [paneId, panePid, pid, ...flags] = said.split(' ');
  const where = `the pane ${id}`;
  if (paneId !== id) return refuse('changed', `${where} is no more`);
  if (pid !== String(server.innerPid)) return refuse('changed', `another server has taken the place of ${server.pid}`);
  if (panePid !== String(firstPid)) return refuse('changed', `${where} was given a new program (respawned)`);
  const obstacle = OBSTACLES.find((_, index) => !['', '0', undefined].includes(flags[index]));
  const now = flags[OBSTACLES.length];
  if (!obstacle && front !== null && now !== front) {
    return refuse('background', `in ${where} ${now} is in front now, and not ${front}`, { hint: 'ask again' });
  }
  const hint = '--transport direct types past the multiplexer';
  if (!obstacle) return refuse('pane', `tmux refused ${where}: ${said}`, { hint: 'ask again' });
  return refuse('pane', `${where} would not deliver: ${obstacle[1]}`, obstacle[0] === 'pane_dead' ? {} : { hint });
}
