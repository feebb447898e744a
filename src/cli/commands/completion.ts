import type { Command } from 'commander';
import { SIGNAL_WORDS } from '../../act/signal-names.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { type Shape, shapeOf } from '../completion/shape.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { wordLists } from '../word-lists.ts';

/** The shells, by the word that stands behind `plumb completion`. */
const SHELLS: Readonly<Record<string, (shape: Shape) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `plumb completion SHELL`: what the shell has to read to complete plumb's words. */
export function completion(output: Output, program: Command, shell: string): ExitCode {
  const make = SHELLS[shell];
  // commander has refused any other word.
  if (make) output.data(make(shapeOf(program, { signals: SIGNAL_WORDS, lists: wordLists() })));
  return EXIT.ok;
}
