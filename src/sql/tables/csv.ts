/**
 * A value as COPY and file_fdw read it in their format csv: null is nothing at all, and an empty text is `""`.
 * A backslash is quoted as well, since `\.` alone ended the data before Postgres 18.
 */
export function csvValue(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n\\]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A list as Postgres writes an array: every element in quotes, so that none is taken for null. */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  const quoted = elements.map((it) => (it === null ? 'NULL' : `"${it.replace(/["\\]/g, '\\$&')}"`));
  return `{${quoted.join(',')}}`;
}
