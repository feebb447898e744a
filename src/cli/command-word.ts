import type { Command, Option } from 'commander';

/** The first word that is no option and no option's value, as commander will find it; null where there is none. */
export function commandWord(args: readonly string[], program: Command): string | null {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') return args[index + 1] ?? null;
    if (!arg.startsWith('-') || arg === '-') return arg;
    // Of an unknown option nobody knows whether it has a value; it is refused in any case.
    if (optionOf(arg, program)?.required) index++;
  }
  return null;
}

/** The option that takes the next word for its value: `--home`, `-o`; not `--home=…`, and not `-ojson`. */
function optionOf(arg: string, { options }: Command): Option | undefined {
  return options.find(({ long, short }) => arg === long || arg === short);
}
