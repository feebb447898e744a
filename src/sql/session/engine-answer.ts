import { commandTag, errorFields, type Frame, framesOf } from '../protocol/answer.ts';
import { EngineError } from './session-error.ts';

/** What the engine has answered, by what becomes of it. */
export interface EngineAnswer {
  /** RowDescriptions, in their order; null for NoData. */
  readonly descriptions: readonly (Uint8Array | null)[];
  /** The body of a ParameterDescription. */
  readonly parameters: Uint8Array | null;
  /** Where each DataRow begins in `bytes`. */
  readonly rows: readonly number[];
  /** NoticeResponses, whole. */
  readonly notices: readonly Uint8Array[];
  readonly tags: readonly string[];
  /** How many ParseCompletes, and whether a BindComplete, came before what went wrong. */
  readonly parsed: number;
  readonly failure: EngineError | null;
  readonly bytes: Uint8Array;
}

/** Takes an answer apart. */
export function readAnswer(bytes: Uint8Array): EngineAnswer {
  const descriptions: (Uint8Array | null)[] = [];
  const rows: number[] = [];
  const notices: Uint8Array[] = [];
  const tags: string[] = [];
  let parameters: Uint8Array | null = null;
  let parsed = 0;
  let failure: EngineError | null = null;
  for (const frame of framesOf(bytes)) {
    if (frame.type === 'D') rows.push(frame.start);
    else if (frame.type === 'T') descriptions.push(frame.bytes);
    else if (frame.type === 'n') descriptions.push(null);
    else if (frame.type === 't') parameters = frame.body;
    else if (frame.type === 'N') notices.push(frame.bytes);
    else if (frame.type === 'C') tags.push(commandTag(frame.body));
    else if (frame.type === '1') parsed++;
    else if (frame.type === 'E') failure = new EngineError(errorFields(frame.body));
  }
  return { descriptions, parameters, rows, notices, tags, parsed, failure, bytes };
}

/** What of an answer a client is sent as it is, and how it ends. */
export interface PassedOn {
  /** In as few pieces as they stand in. */
  readonly pieces: readonly Uint8Array[];
  /** The CommandComplete, which is sent last: what ends the transaction comes before it. */
  readonly complete: Uint8Array | null;
  readonly failure: EngineError | null;
}

/** Of rows and of COPY; with what the engine says while it runs. */
const PASSED = 'TDNHGdc';

/** Takes out what is between the engine and us: completions of Parse and Bind, settings, the end of a transaction. */
export function passOn(bytes: Uint8Array, without = ''): PassedOn {
  const pieces: Uint8Array[] = [];
  let complete: Uint8Array | null = null;
  let failure: EngineError | null = null;
  let from = 0;
  const cut = (frame: Frame): void => {
    if (frame.start > from) pieces.push(bytes.subarray(from, frame.start));
    from = frame.end;
  };
  for (const frame of framesOf(bytes)) {
    if (PASSED.includes(frame.type) && !without.includes(frame.type)) continue;
    cut(frame);
    if (frame.type === 'C') complete = frame.bytes;
    else if (frame.type === 'E') failure = new EngineError(errorFields(frame.body));
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from));
  return { pieces, complete, failure };
}
