/**
 * Reconcile scripts: a machine, the rows that a sync leaves, the machine a moment later, and so on.
 *
 *   <the lines of a story>
 *   sync                       what is written now; `sync force`, `sync again` (a second look at what was held), `sync adopt`
 *   pane ada work:1.0 %7       in which pane the session is, for this look; `none`, or `unknown`
 *   proc … / dir … / hidden …  the machine as it is then: processes are told anew, all else stays unless told anew
 *   boot 2 at=TIME             another boot, which began then
 *   pidns 4026533000           plumb is in another pid namespace
 *   now TIME
 *   sync
 *   expect
 *   <for each sync what was planned and what the rows say>
 */
import { type Panes, panesIn } from '../stories/panes.ts';
import { parseStory, type Story } from '../stories/story.ts';

export interface Step {
  readonly story: Story;
  readonly boot: number;
  readonly bootedAt: Date | null;
  readonly now: Date;
  readonly pidNamespace: string | null;
  readonly force: boolean;
  /** The second look after one that held deaths. */
  readonly again: boolean;
  /** Where the rows were written is no more. */
  readonly adopt: boolean;
  /** By the session's name. */
  readonly panes: Panes;
}

export interface Script {
  readonly steps: readonly Step[];
  readonly expected: string;
}

const START = Date.parse('2026-11-24T12:00:00Z');
const MINUTE_MS = 60_000;

/** Facts that a later machine keeps unless it tells them anew. */
const LASTING = ['homes', 'commands', 'terminal', 'dir', 'absent', 'denied', 'self'];

export function parseScript(text: string): Script {
  const [told = '', expected = ''] = text.split(/^expect$\n/m);
  const blocks = told.split(/^(sync.*)$/m);
  const steps: Step[] = [];
  let lasting = new Map<string, string[]>();
  let boot = { number: 1, at: null as Date | null };
  let pidNamespace: string | null = null;
  let now = START - MINUTE_MS;
  for (let index = 0; index + 1 < blocks.length; index += 2) {
    const lines = (blocks[index] ?? '').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const verbs = new Set(lines.map(verbOf));
    lasting = new Map(LASTING.map((verb) => [verb, verbs.has(verb) ? [] : (lasting.get(verb) ?? [])]));
    for (const line of lines) if (lasting.has(verbOf(line))) lasting.get(verbOf(line))?.push(line);
    now += MINUTE_MS;
    for (const line of lines) {
      const [verb, first = '', second = ''] = line.split(/\s+/);
      if (verb === 'now') now = Date.parse(first);
      if (verb === 'pidns') pidNamespace = first;
      if (verb === 'boot') boot = { number: Number(first), at: new Date(second.replace('at=', '')) };
    }
    const passing = lines.filter((line) => !['now', 'boot', 'pidns', 'pane', ...LASTING].includes(verbOf(line)));
    const [, ...words] = (blocks[index + 1] ?? '').split(/\s+/);
    steps.push({
      story: parseStory([...[...lasting.values()].flat(), ...passing].join('\n')),
      boot: boot.number,
      bootedAt: boot.at,
      now: new Date(now),
      pidNamespace,
      force: words.includes('force'),
      again: words.includes('again'),
      adopt: words.includes('adopt'),
      panes: panesIn(lines),
    });
  }
  return { steps, expected: expected.trim() };
}

function verbOf(line: string): string {
  return line.trim().split(/\s+/, 1)[0] ?? '';
}
