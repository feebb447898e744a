import type { Pane } from '../../model/pane.ts';
import type { Session } from '../../model/session.ts';

/** How a row writes a pane of tmux: `%7`, `work:1.0 %7`, `work:1.0`, `work:1`, `work`. */
export type PaneForm = 'id' | 'both' | 'address' | 'window' | 'session';

/** What a text says of a pane, by its form. */
type Written =
  | { readonly form: PaneForm; readonly id: string | null; readonly place: string | null }
  /** `12345.work:0`, `12345.work`: tmux lets no dot into a session's name. */
  | { readonly form: 'screen'; readonly session: string; readonly window: string | null };

/** Reads a text; null where it has none of the forms, as `work:editor`, and cannot be compared. */
function read(text: string): Written | null {
  const screen = /^(\d+\.[^:]*)(?::(\d+|\?))?$/.exec(text);
  if (screen?.[1] !== undefined) return { form: 'screen', session: screen[1], window: screen[2] ?? null };
  if (/^%\d+$/.test(text)) return { form: 'id', id: text, place: null };
  const [, place, id] = /^(.+) (%\d+)$/.exec(text) ?? [];
  if (place !== undefined && id !== undefined) return { form: 'both', id, place };
  if (/:\d+\.\d+$/.test(text)) return { form: 'address', id: null, place: text };
  if (/:\d+$/.test(text)) return { form: 'window', id: null, place: text };
  return /[:%]/.test(text) ? null : { form: 'session', id: null, place: text };
}

/** The form that most rows have, so that a row that had none gets it too. */
export function usualPaneForm(texts: readonly (string | null | undefined)[]): PaneForm {
  const counts = new Map<PaneForm, number>();
  for (const text of texts) {
    const form = text ? read(text.trim())?.form : undefined;
    if (form !== undefined && form !== 'screen') counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? 'id';
}

/**
 * What a row should say of its session's pane, beside what it says: that, where it is right in the form that it has, or
 * nobody can tell.
 * @returns undefined where the pane is not known
 */
export function paneValue(
  { pane, terminal }: Pick<Session, 'pane' | 'terminal'>,
  stored: string | null,
  usual: () => PaneForm,
): string | null | undefined {
  const text = stored?.trim() || null;
  if (terminal === null || pane?.kind === 'none') return text === null ? stored : null;
  if (pane?.kind !== 'pane' || pane.pane.address.base64 !== null) return undefined;
  if (text !== null && agrees(text, pane.pane)) return stored;
  return pane.pane.multiplexer === 'screen' ? writeScreen(text, pane.pane) : writeTmux(text, pane.pane, usual);
}

function agrees(text: string, pane: Pane): boolean {
  const written = read(text);
  if (written === null) return true;
  return pane.multiplexer === 'screen' ? agreesWithScreen(written, pane) : agreesWithTmux(written, pane);
}

function agreesWithTmux(written: Written, { id, address, alsoAt }: Pane): boolean {
  if (written.form === 'screen' || (written.id !== null && written.id !== id)) return false;
  if (written.place === null) return true;
  const form = written.form === 'both' ? 'address' : written.form;
  return [address, ...alsoAt].some(({ text }) => placeAs(form, text) === written.place);
}

function agreesWithScreen(written: Written, pane: Pane): boolean {
  const [session, bare] = screenNames(pane);
  const isWindow = (window: string | null) =>
    window === null || window === '?' || pane.id === null || window === pane.id;
  if (written.form === 'screen') return written.session === session && isWindow(written.window);
  if (written.form === 'session') return written.place === bare;
  if (written.form !== 'window') return false;
  const [, name, window] = /^(.*):(\d+)$/.exec(written.place ?? '') ?? [];
  return name === bare && isWindow(window ?? null);
}

function writeTmux(text: string | null, { id, address }: Pane, usual: () => PaneForm): string {
  const had = text === null ? null : read(text)?.form;
  const form = had === null || had === undefined || had === 'screen' ? usual() : had;
  if (form === 'id') return String(id);
  if (form === 'both') return `${address.text} ${id}`;
  return placeAs(form, address.text);
}

function writeScreen(text: string | null, pane: Pane): string {
  const [session, bare] = screenNames(pane);
  const had = text === null ? null : read(text);
  const window = pane.id === null ? '' : `:${pane.id}`;
  if (had?.form === 'session') return bare;
  if (had?.form === 'window') return `${bare}${window}`;
  return had?.form === 'screen' && had.window === null ? session : `${session}${window}`;
}

/** `work:1.0` as its window or its session. */
function placeAs(form: PaneForm, address: string): string {
  if (form === 'window') return address.replace(/\.\d+$/, '');
  return form === 'session' ? address.replace(/:\d+\.\d+$/, '') : address;
}

/** `12345.work` and `work`. */
function screenNames({ address, id }: Pane): [session: string, bare: string] {
  const session = id === null ? address.text : address.text.slice(0, -id.length - 1);
  return [session, session.replace(/^\d+\./, '')];
}
