import { countOf, frame, int16, int32, sized, textWithEnd } from './bytes.ts';

/** What Bind says. */
export interface BindMessage {
  readonly portal: string;
  readonly statement: string;
  /** 0 text, 1 binary: none for all text, one for all, or one each. */
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

/** What Describe and Close name. */
export type Named = 'statement' | 'portal';

/** The messages that a client sends, as bytes. A name or text with a zero in it is refused (`22021`). */
export const frontend = {
  query: (text: string) => frame('Q', textWithEnd(text)),

  parse: (name: string, text: string, parameterTypes: readonly number[] = []) =>
    frame('P', textWithEnd(name), textWithEnd(text), countOf(parameterTypes), ...parameterTypes.map(int32)),

  bind: ({ portal, statement, parameterFormats, parameters, resultFormats }: BindMessage) =>
    frame(
      'B',
      textWithEnd(portal),
      textWithEnd(statement),
      countOf(parameterFormats),
      ...parameterFormats.map(int16),
      countOf(parameters),
      ...parameters.flatMap(sized),
      countOf(resultFormats),
      ...resultFormats.map(int16),
    ),

  describe: (what: Named, name: string) => frame('D', kindOf(what), textWithEnd(name)),

  /** @param maxRows 0 for all */
  execute: (portal: string, maxRows = 0) => frame('E', textWithEnd(portal), int32(maxRows)),

  close: (what: Named, name: string) => frame('C', kindOf(what), textWithEnd(name)),

  flush: () => frame('H'),
  sync: () => frame('S'),
  terminate: () => frame('X'),
} as const;

function kindOf(what: Named): Uint8Array {
  return Buffer.from(what === 'statement' ? 'S' : 'P');
}
