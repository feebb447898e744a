/** RFC 3454, table B.1: what is left out. */
const NOTHING = /\u034f|[\u00ad\u1806\u200b-\u200d\u2060\ufeff]|[\u180b-\u180d]|[\ufe00-\ufe0f]/gu;
/** Table C.1.2: what is a space. U+200B is one too, and left out first. */
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
/** Of tables C.2 to C.9: controls, what no standard gives a meaning, what changes how others are shown. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u200e\u200f\u202a-\u202e\u2028\u2029\u206a-\u206f\ufff9-\ufffd]/u;

/**
 * A password as clients take it for SCRAM (SASLprep, RFC 4013). One that may not be prepared is taken as it is, as Postgres
 * does.
 */
export function prepared(password: string): string {
  // Of ASCII nothing is changed.
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const text = password.replace(NOTHING, '').replace(SPACES, ' ').normalize('NFKC');
  return text === '' || PROHIBITED.test(text) ? password : text;
}
