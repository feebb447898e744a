import fs from 'node:fs';
import path from 'node:path';

/** Where the data of an embedded registry lies. */
export function dataDirectory(root: string): string {
  return path.join(root, 'registry');
}

/** Whether there is an embedded registry to look into; it may still be damaged. */
export function storeExists(root: string): boolean {
  return fs.existsSync(path.join(dataDirectory(root), 'PG_VERSION'));
}
