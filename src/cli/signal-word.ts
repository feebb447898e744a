import { readSignal, SIGNAL_WORDS, type SignalName } from '../act/signal-names.ts';
import { nearest } from '../config/nearest.ts';
import { PlumblineError } from '../model/errors.ts';

/**
 * Reads which signal somebody means: TERM, SIGTERM or 15.
 * @throws {PlumblineError} `usage` for what is none, and for 0, by which kill(1) means a question
 */
export function parseSignal(word: string): SignalName {
  const signal = readSignal(word);
  if (signal) return signal;
  if (/^(?:SIG)?0+$/i.test(word)) {
    const hint = 'plumb pid NAME says whether it lives, and more safely';
    throw new PlumblineError('usage', 'the signal 0 sends nothing', { hint });
  }
  const meant = nearest(word.replace(/^SIG/i, ''), SIGNAL_WORDS);
  throw new PlumblineError('usage', `there is no signal ${word}`, {
    hint: meant === null ? 'TERM, SIGTERM or 15; kill -l lists them' : `did you mean ${meant}?`,
  });
}
