import { nearest } from '../config/nearest.ts';
import { PlumblineError } from '../model/errors.ts';
import { shellWord } from '../model/shell-word.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { fromUtf8, type Text, toBytes } from '../model/text.ts';
import type { Look } from './call.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Problem } from './output.ts';
import { escapeCell, escapeField } from './render/escape.ts';

/** Names in a message are told up to this number. */
const NAMES_SHOWN = 12;

/** Whether somebody who typed this means that name: as it is, or as any output of ours has printed it. */
function isCalled(name: Text, typed: string): boolean {
  return isExactly(name, typed) || escapeField(name) === typed || escapeCell(name) === typed;
}

/** Text with replaced bytes is nobody's name: two names can read alike. */
function isExactly(name: Text, typed: string): boolean {
  return name.base64 === null && name.text === typed;
}

/**
 * Which name somebody meant, among those that are there: as it is, or as it is printed.
 * @throws {PlumblineError} `usage` where one home is called so and another is printed so: neither may be guessed
 */
export function meant(snapshot: Pick<Snapshot, 'homes' | 'sessions'>, typed: string): (name: Text) => boolean {
  const names = [...snapshot.homes, ...snapshot.sessions].map(({ name }) => name);
  const called = names.filter((name) => isCalled(name, typed));
  const printed = called.find((name) => !isExactly(name, typed));
  if (printed && called.some((name) => isExactly(name, typed))) {
    const exact = shellWord(fromUtf8(typed.replaceAll('\\', '\\\\')));
    throw new PlumblineError('usage', `two are meant by ${typed}: one is called so, and another is printed so`, {
      hint: `write ${exact} for the one that is called so, and ${shellWord(toBytes(printed))} for the other`,
    });
  }
  return (name) => isCalled(name, typed);
}

/** Whether a home is one that somebody has typed: those have to be looked at well enough to say no. */
export function isOneOf(typed: readonly string[]): (name: Text) => boolean {
  return (name) => typed.some((it) => isCalled(name, it));
}

/** A name as it can be typed behind a command: as it is printed, in quotes, and not like an option. */
export function nameWord(name: Text): string {
  const printed = escapeCell(name);
  return `${printed.startsWith('-') ? '-- ' : ''}${shellWord(fromUtf8(printed))}`;
}

/** Why there is no session of a name, and what to end with. */
export interface Absence extends Problem {
  readonly exit: ExitCode;
}

/**
 * Says why no session is called so. "No" needs proof: where something could not be seen, the answer is that it is
 * unknown.
 */
export function explainAbsence({ settings, snapshot }: Look, typed: string): Absence {
  const isMeant = meant(snapshot, typed);
  const home = snapshot.homes.find((it) => isMeant(it.name));
  if (home) {
    const name = escapeCell(home.name);
    const hint = `plumb show ${nameWord(home.name)} says what is there instead`;
    const why = home.id === null ? home.reason : `nothing in ${escapeCell(home.path)} is one`;
    if (home.verdict === 'none') return absent(`${name} has no session: ${why}`, hint);
    const unseen = home.id === null ? home.reason : 'not everything could be seen';
    return unknown(`whether ${name} has a session is unknown: ${unseen}`, hint);
  }
  if (settings.homes.length > 0) {
    const hint = alternatives(typed, snapshot.homes, 'the configured homes are');
    const { reasons } = snapshot.coverage;
    if (!reasons.some(({ code }) => code === 'home_unreadable')) return absent(`no home is called ${typed}`, hint);
    return unknown(`no home is called ${typed}, but not all could be looked at`, hint);
  }
  const hint = alternatives(typed, snapshot.sessions, 'the labels are');
  if (snapshot.coverage.complete) return absent(`no terminal is labelled ${typed}`, hint);
  return unknown(`no terminal that could be seen is labelled ${typed}`, hint);
}

function absent(message: string, hint: string): Absence {
  return { exit: EXIT.no, code: 'absent', message, hint };
}

function unknown(message: string, hint: string): Absence {
  return { exit: EXIT.blind, code: 'unseen', message, hint };
}

function alternatives(typed: string, named: readonly { readonly name: Text }[], title: string): string {
  const names = [...new Set(named.map((it) => escapeCell(it.name)))];
  const meant = nearest(typed, names);
  if (meant !== null) return `did you mean ${meant}?`;
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${title} ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
