import fs from 'node:fs';

const PAGE = 'docs/performance.md';
const MARKERS = ['<!-- npm run soak -- --docs: begin -->', '<!-- npm run soak -- --docs: end -->'] as const;

/** Puts the result where the page has room for it. @throws {Error} where the page has no such place */
export function writeDocs(result: string): void {
  const text = fs.readFileSync(PAGE, 'utf8');
  const [begin, end] = [text.indexOf(MARKERS[0]), text.indexOf(MARKERS[1])];
  if (begin === -1 || end < begin) throw new Error(`${PAGE} has no place between '${MARKERS[0]}' and '${MARKERS[1]}'`);
  fs.writeFileSync(PAGE, `${text.slice(0, begin + MARKERS[0].length)}\n\n${result.trim()}\n\n${text.slice(end)}`);
}
