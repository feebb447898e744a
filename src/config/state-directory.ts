import { PlumblineError } from '../model/errors.ts';

/**
 * Where plumbline keeps what it has to remember: systemd's $STATE_DIRECTORY, $XDG_STATE_HOME/plumbline, for root
 * /var/lib/plumbline, else ~/.local/state/plumbline.
 * @param userDirectory the user's home directory; it may throw where there is none, as in containers
 * @throws {PlumblineError} `config` where there is no such place
 */
export function stateDirectory(
  env: Readonly<Record<string, string | undefined>>,
  isRoot: boolean,
  userDirectory: () => string,
): string {
  const [systemd] = env['STATE_DIRECTORY']?.split(':') ?? [];
  if (systemd?.startsWith('/')) return systemd;
  const xdg = env['XDG_STATE_HOME'];
  if (xdg?.startsWith('/')) return `${xdg}/plumbline`;
  if (isRoot) return '/var/lib/plumbline';
  try {
    return `${userDirectory()}/.local/state/plumbline`;
  } catch (error) {
    throw new PlumblineError('config', 'there is no place for the registry: this user has no home directory', {
      hint: 'set XDG_STATE_HOME, or name a server: --db postgres://…',
      cause: error,
    });
  }
}
