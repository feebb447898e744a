import type { Evidence } from '../model/evidence.ts';
import { type PaneSight, paneWord, type TerminalLink } from '../model/pane.ts';
import { multiplexerOf } from './multiplexers.ts';

/** How the pane was found, so that each step can be checked: who holds the terminal, and what its server lists. */
export function paneEvidence(sight: PaneSight): Evidence[] {
  return [...sight.links.map(linkEvidence), endEvidence(sight)];
}

function linkEvidence({ terminal, holder }: TerminalLink): Evidence {
  const file = `/proc/${holder.pid}/fdinfo/${holder.fd}`;
  return {
    fact: `${terminal.name} is held by ${holder.name.text}`,
    source: file,
    value: `tty-index ${terminal.index} in process ${holder.pid}${placeOf(holder)}`,
    check: `grep tty-index ${file}`,
  };
}

function placeOf({ terminal, foreground }: TerminalLink['holder']): string {
  if (terminal === null) return '';
  const front = foreground === null ? '' : foreground ? ', in the foreground' : ', in the background';
  return `, itself on ${terminal.name}${front}`;
}

function endEvidence(sight: PaneSight): Evidence {
  if (sight.kind !== 'pane') {
    const fact = sight.kind === 'none' ? 'no pane shows it' : 'whether a pane shows it is unknown';
    return { fact, source: 'panes', value: sight.why, check: null };
  }
  const { pane } = sight;
  return {
    fact: `${pane.multiplexer} shows it`,
    source: `${pane.multiplexer} server ${pane.server.pid}`,
    value: paneWord(pane).text,
    check: multiplexerOf(pane.multiplexer)?.check(pane) ?? null,
  };
}
