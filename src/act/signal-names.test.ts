import { describe, expect, it } from 'vitest';
import { readSignal, SIGNAL_WORDS, signalOf } from './signal-names.ts';

describe('readSignal()', () => {
  it.each([
    ['TERM', 15, 'SIGTERM'],
    ['SIGTERM', 15, 'SIGTERM'],
    ['sigterm', 15, 'SIGTERM'],
    ['15', 15, 'SIGTERM'],
    ['ABRT', 6, 'SIGABRT'],
    ['IOT', 6, 'SIGABRT'],
    ['RTMIN', 34, 'SIG34'],
    ['SIGRTMIN+3', 37, 'SIG37'],
    ['RTMAX-1', 63, 'SIG63'],
    ['64', 64, 'SIG64'],
  ])('reads %s', (word, number, name) => {
    expect(readSignal(word)).toEqual({ number, name });
  });

  it.each(['0', 'SIG0', '65', '-9', '1e1', '', 'SIG', 'TREM', 'SIG9', 'RTMIN-1', 'RTMAX+1', '9 ', 'HUP,TERM'])(
    'knows no signal %j',
    (word) => {
      expect(readSignal(word)).toBeNull();
    },
  );

  it('reads every word that it proposes', () => {
    for (const word of SIGNAL_WORDS) expect(readSignal(word)?.name).toBe(signalOf(readSignal(word)?.number ?? 0)?.name);
    expect(SIGNAL_WORDS).toContain('CONT');
  });
});
