import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandWord } from './command-word.ts';
import { addOptions } from './options.ts';

const program = addOptions(new Command('plumb'));

describe('commandWord()', () => {
  it.each([
    ['list', 'list'],
    ['-o json processes ada', 'processes'],
    ['--home list show ada', 'show'],
    ['--home=x show', 'show'],
    ['-ojson --no-color connections', 'connections'],
    ['--json processes', 'processes'],
    ['--nonsense list', 'list'],
    ['-- list', 'list'],
    ['--home', null],
    ['--help', null],
    ['', null],
  ])('%s: %s', (args, expected) => {
    expect(commandWord(args.split(' ').filter(Boolean), program)).toBe(expected);
  });
});
