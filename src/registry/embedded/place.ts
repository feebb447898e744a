import path from 'node:path';

/** Where the data of an embedded registry lies. */
export function dataDirectory(root: string): string {
  return path.join(root, 'registry');
}
