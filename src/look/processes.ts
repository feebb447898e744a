import { redactArgv } from '../identity/redact.ts';
import { startedAt } from '../identity/session.ts';
import { loadQuickBracket } from '../kernel/native/quick-process.ts';
import { readPageSize } from '../kernel/page-size.ts';
import { DetailsReader, type DetailsWanted } from '../kernel/process-details.ts';
import { type ProcessReading, type ReadingOptions, readProcess } from '../kernel/process-reading.ts';
import { Terminals } from '../kernel/terminals.ts';
import { NAMESPACE_KINDS, type ProcessEntry } from '../model/process-entry.ts';
import { shellWord } from '../model/shell-word.ts';
import { type ByteString, type Text, toText } from '../model/text.ts';
import type { Ask, MachineLook } from './machine-look.ts';

/** For so many processes koffi is loaded in less time than it saves. */
const WORTH_KOFFI = 400;

/** The columns that stand in stat, beyond what every look reads of it. */
const OF_TIMES = ['cpu_ms', 'user_cpu_ms', 'system_cpu_ms'];

/**
 * Every process, with the session that it counts to. Only what is asked for is read: without a column that takes more,
 * what the look has seen of all processes is enough.
 *
 * Needs: nothing for stat; under hidepid the process's own user; same uid or CAP_SYS_PTRACE for its program, directory,
 *        terminal's instance and namespaces
 */
export async function readProcesses(look: MachineLook, ask: Ask): Promise<ProcessEntry[]> {
  const { machine, log, snapshot } = look;
  const terminals = new Terminals(machine.procfs, log);
  const wanted = detailsWanted(ask);
  const all = look.processesOf(ask.sessions);
  const { procfs } = machine;
  const isWorth = wanted !== null && machine.isLive && all.length >= WORTH_KOFFI;
  const options: ReadingOptions = {
    procfs,
    bracket: (isWorth ? await loadQuickBracket(procfs) : null) ?? ((pid, read) => procfs.bracket(pid, read)),
    log,
    times: OF_TIMES.some(ask.wants),
    details: wanted && new DetailsReader(wanted, terminals, machine.procfs),
  };
  const pageBytes = ask.wants('rss_bytes') ? readPageSize(machine.procfs, log) : null;
  const around: Around = {
    look,
    terminals,
    bootId: snapshot.host.bootId,
    pageBytes,
    redacts: ask.wants('argv'),
    tellsAll: ask.wants('full_argv'),
  };
  return all.flatMap((known) => {
    const reading = readProcess(known, options);
    return reading === null ? [] : [entryOf(reading, around)];
  });
}

/** What to read beside stat; null where nothing is. */
function detailsWanted({ wants }: Ask): DetailsWanted | null {
  const wanted = {
    terminalDev: wants('terminal_dev'),
    argv: wants('argv') || wants('full_argv'),
    exe: wants('exe'),
    cwd: wants('cwd'),
    uid: wants('uid'),
    memory: wants('rss_bytes'),
    innerPid: wants('inner_pid'),
    cgroup: ['cgroup', 'container_id', 'container_runtime', 'pod'].some(wants),
    namespaces: NAMESPACE_KINDS.filter((kind) => wants(`${kind}_ns`)),
  };
  const { namespaces, ...others } = wanted;
  return namespaces.length > 0 || Object.values(others).includes(true) ? wanted : null;
}

/** What entries are told from beside their reading. */
interface Around {
  readonly look: MachineLook;
  readonly terminals: Terminals;
  readonly bootId: string | null;
  readonly pageBytes: number | null;
  readonly redacts: boolean;
  readonly tellsAll: boolean;
}

function entryOf({ stat, times, details }: ProcessReading, around: Around): ProcessEntry {
  const { look, bootId, pageBytes } = around;
  const tag = look.tagOf(stat);
  const { argv, residentPages } = details;
  return {
    stat,
    times,
    details,
    bootId,
    startedAt: startedAt(stat.startTimeTicks, look.snapshot.host),
    terminal: stat.ttyNr === 0 ? null : around.terminals.nameOf(stat.ttyNr),
    rssBytes: residentPages === null || pageBytes === null ? null : residentPages * pageBytes,
    argv: argv !== null && around.redacts ? wordsOf(redactArgv(argv)) : null,
    fullArgv: argv !== null && around.tellsAll ? wordsOf(argv) : null,
    sessions: tag === null ? [] : [tag],
  };
}

/** A command line as one text from which its words can be told. */
function wordsOf(argv: readonly ByteString[]): Text {
  return toText(argv.map((word) => (word === '' ? "''" : shellWord(word))).join(' '));
}
