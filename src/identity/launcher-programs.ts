import type { ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { Program } from './program.ts';

const SHELLS = 'sh bash dash zsh fish ksh ksh93 mksh ash csh tcsh rbash nu elvish xonsh pwsh busybox';
const WRAPPERS =
  'env timeout nice nohup setsid stdbuf chrt ionice taskset flock time sudo su doas runuser setpriv script unbuffer ' +
  'login strace watch xargs npm npx pnpm pnpx yarn bunx uv uvx pipx poetry mise direnv dumb-init tini catatonit ' +
  'unshare nsenter chroot setarch bwrap firejail systemd-run';

/** Programs that start the program one means, and stay until it ends. */
export const LAUNCHERS: ReadonlySet<ByteString> = new Set(`${SHELLS} ${WRAPPERS}`.split(' '));

/** The launchers that are themselves scripts of an interpreter. */
export const LAUNCHER_SCRIPTS: ReadonlySet<ByteString> = new Set(
  'npm npx npm-cli.js npx-cli.js pnpm pnpm.cjs pnpx yarn yarn.js uv uvx pipx poetry'.split(' '),
);

/** npm writes its own command line over: `npm exec claude`. */
export const LAUNCHER_TITLE = /^(?:npm|npx|pnpm|yarn) /;

/** The shells that are known without reading /etc/shells. */
export const KNOWN_SHELLS: ReadonlySet<ByteString> = new Set(SHELLS.split(' '));

/** True where the program exists to run another one. */
export function isLauncher(program: Program): boolean {
  return (
    LAUNCHERS.has(program.file) ||
    (program.script !== null && LAUNCHER_SCRIPTS.has(program.script)) ||
    (program.calledAs !== null && LAUNCHER_TITLE.test(program.calledAs)) ||
    LAUNCHER_TITLE.test(program.comm)
  );
}

/** The same from the name alone, for a process of which nothing else was read. */
export function isLauncherStat(stat: ProcessStat): boolean {
  return LAUNCHERS.has(stat.comm) || LAUNCHER_TITLE.test(stat.comm);
}
