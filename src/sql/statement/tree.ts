/** A piece of libpg_query's tree: a struct of Postgres's parser, by its fields. */
export type Struct = Readonly<Record<string, unknown>>;

/** What a field holds, if that is a struct. */
export function structOf(value: unknown): Struct | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Struct) : null;
}

/** What a field holds, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a field holds, as text; empty where Postgres has none, for empty ones are left out. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A node stands under its type: `{SelectStmt: {…}}`. */
export function nodeOf(value: unknown): readonly [type: string, body: Struct] | null {
  const struct = structOf(value);
  if (struct === null) return null;
  for (const type in struct) return isNodeType(type) ? [type, structOf(struct[type]) ?? {}] : null;
  return null;
}

/** Fields begin with small letters. */
export function isNodeType(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 65 && first <= 90;
}

/** The body of a node of this type. */
export function bodyOf(value: unknown, type: string): Struct | null {
  const node = nodeOf(value);
  return node !== null && node[0] === type ? node[1] : null;
}

/** A list of `String` nodes: the parts of a name. */
export function namesIn(value: unknown): string[] {
  return listOf(value).flatMap((it) => {
    const string = bodyOf(it, 'String');
    return string === null ? [] : [textOf(string['sval'])];
  });
}
