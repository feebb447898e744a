/** Whether a connection URL holds a password, before the host or among its parameters. */
export function holdsPassword(url: string): boolean {
  return /^[a-z]+:\/\/[^@/?#]*:[^@/?#]+@/i.test(url) || /[?&]password=./.test(url);
}
