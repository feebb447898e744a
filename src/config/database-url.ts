/** Whether a connection URL holds a password, before the host or among its parameters. */
export function holdsPassword(url: string): boolean {
  if (/^[a-z]+:\/\/[^@/?#]*:[^@/?#]+@/i.test(url)) return true;
  const parameters = url.slice(url.indexOf('?') + 1).split('&');
  return parameters.some((it) => /^(?:p|%70)/i.test(it) && /^password=./.test(decoded(it)));
}

/** As a server's driver would read it; what cannot be decoded is refused by who parses it. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
