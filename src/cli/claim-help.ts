/** Behind the options of `plumb claim --help`. */
export const CLAIM_HELP = `
A claim is an exclusive lock (flock) on the session's home directory. COMMAND
inherits it, and the kernel lets go of it when plumb, COMMAND and whatever else
has inherited it have ended: no lease, no heartbeat, nothing to clean up.

  plumb claim ada -- ./next-task.sh

COMMAND finds PLUMBLINE_NAME, PLUMBLINE_HOME, PLUMBLINE_PID, PLUMBLINE_TERMINAL
(not set without one) and PLUMBLINE_CLAIM_FD in its environment; plumb ends with
its exit code, 128+n where signal n ended it, 127 where there is no such
command, 126 where it cannot be run.

Without COMMAND plumb prints the claim (name, pid, home), and holds it until its
stdin closes, SIGINT or SIGTERM; with </dev/null that is at once. In a script
the form with COMMAND is the one to use.

Refused: exit code 1, or 3 where a right or the sight is missing.
`;

/** Behind the options of `plumb route --help`. */
export const ROUTE_HELP = `
--where, all of which have to hold, in quotes because of the shell:
  name=ada*  command=claude  cwd=/srv/agents/*  home=…  terminal=pts/3
             the whole text; * stands for any characters, / too
  idle>5m    idle for longer: 500ms, 90s, 5m, 2h, 7d
Sessions that somebody has claimed, or that are at work, are passed over. The
longest idle one is claimed, and looked at again under the claim.

  plumb route --where command=claude --where 'idle>1m' -- ./next-task.sh

COMMAND, the claim and the exit codes are those of plumb claim; where no session
is free stderr says of each why not, and the exit code is 1, or 3 where of some
it cannot be told.
`;
