import { describe, expect, it } from 'vitest';
import { storedText } from '../registry/stored-text.ts';
import { meantStored } from './stored-names.ts';

const BROKEN = storedText({ text: 'a\uFFFD', base64: Buffer.from('a\xff', 'latin1').toString('base64') });

describe('meantStored()', () => {
  it.each([
    // stored, typed
    ['ada', 'ada'],
    [storedText({ text: 'a\\b', base64: null }), 'a\\b'],
    [storedText({ text: 'a\\b', base64: null }), 'a\\\\b'],
    ['a\nb', 'a\\nb'],
    [BROKEN, 'a\\xFF'],
    [BROKEN, 'a\\\\xFF'],
  ])('%j is meant by %j, and another name is not', (stored, typed) => {
    expect(meantStored([stored, 'bob', stored], typed)).toBe(stored);
    expect(meantStored(['bob'], typed)).toBe(null);
  });

  it('guesses neither where one is called as another is printed', () => {
    const called = storedText({ text: 'a\\xFF', base64: null });
    expect(() => meantStored([BROKEN, called], 'a\\xFF')).toThrow('two are meant by a\\xFF');
  });
});
