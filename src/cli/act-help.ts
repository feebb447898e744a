/** Behind the options of `plumb nudge --help`. */
export const NUDGE_HELP = `
Everything is verified before the text, and again before Enter, which is pressed
only when the text was read (docs/nudging.md). It needs homes and commands
(--home, --command, or the configuration), and koffi. The kernel cannot see what
a program asks: --expect says what its pane must show.

  plumb nudge ada 'go on'
  git diff | plumb nudge ada --paste
  plumb nudge ada -- '--what begins with dashes'

Exit code 0: it has read the text and Enter. 1: refused, and nothing was typed; or
uncertain: something was typed, and not all is known to have been read. 3: refused
for a right, a means or the sight that is missing.
`;

/** Behind the options of `plumb signal --help`. */
export const SIGNAL_HELP = `
The process is held before it is made sure that it still is the session, and the
signal goes to it or to nobody. It needs homes and commands (--home, --command,
or the configuration), and koffi.

  plumb signal ada INT
  plumb signal ada TERM --tree

Exit code 0: sent. 1: refused, and nobody was signalled; or with --tree somebody
was left, whom stderr names. 3: a right or a means is missing, and nobody was
signalled; or with --tree processes are hidden, and one may have been missed.
`;

/** Behind the options of `plumb wait --help`. */
export const WAIT_HELP = `
  --for exit    the process has ended; says how: exit and its code, signal, oom
                (with proof), or unknown
  --for idle    nothing has moved for two seconds: no output, CPU time, child at
                work or unread input (docs/activity.md)
  --for output  something was written to its terminal

idle and output need homes and commands (--home, --command, or the
configuration); exit takes a terminal's label too.

  plumb wait ada --for idle --timeout 10m && plumb nudge ada 'go on'

Exit code 0: it has come. 1: not in time, or there is no such session, or it has
ended before it was idle or showed something. 3: it could not be told.
`;
