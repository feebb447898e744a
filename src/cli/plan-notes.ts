import { seesOwnNamespace } from '../model/coverage.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Plan } from '../registry/plan.ts';
import { storedText } from '../registry/stored-text.ts';
import { describeAmbiguous } from './notes.ts';
import { escapeMessage } from './render/escape.ts';

/** What stays as it is, and why. */
export function planNotes(plan: Plan, snapshot: Snapshot, isDryRun = false): string[] {
  const kept = plan.kept.map(({ name, reason }) => `${escapeMessage(name)} stays as it is: ${reason}`);
  const held = plan.held.length > 0 ? [whyHeld(plan, isDryRun && seesOwnNamespace(snapshot.coverage))] : [];
  return [...kept, ...ambiguousLines(plan, snapshot), ...held];
}

/** Whose home several claim; and whose row's process is away while another is in its home. */
export function ambiguousLines({ ambiguous }: Plan, { sessions }: Snapshot): string[] {
  const contested = sessions.filter(({ verdict }) => verdict === 'ambiguous');
  const names = new Set(contested.map(({ name }) => storedText(name)));
  const away = ambiguous.filter(({ name }) => !names.has(name));
  return [
    ...contested.map(describeAmbiguous),
    ...away.map(({ name, reason }) => `${escapeMessage(name)} is ambiguous: ${reason}`),
  ];
}

function whyHeld({ held }: Plan, isFirstLook: boolean): string {
  const names = held.map(({ name }) => name);
  const shown = names.slice(0, 12).map(escapeMessage).join(', ');
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  const next = isFirstLook ? 'plumb sync looks again, and writes what it finds again' : 'plumb sync --force writes it';
  return `held back, since so many at once are more likely a mistake of ours: the end of ${shown}${more}; ${next}`;
}
