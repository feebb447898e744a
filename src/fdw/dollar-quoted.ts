/** A body as SQL takes it, whatever names stand in it. */
export function dollarQuoted(body: string): string {
  let tag = '$plumb$';
  for (let n = 1; body.includes(tag); n++) tag = `$plumb${n}$`;
  return `${tag}${body}${tag}`;
}
