/** Reads CSV as Postgres does: what is empty and not in quotes is null. Anything else than whole rows is an error. */
export function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const [value, next] = text[at] === '"' ? quoted(text, at) : bare(text, at);
    row.push(value);
    if (text[next] !== ',' && text[next] !== '\n') throw new Error(`no end of a value at ${next}`);
    if (text[next] === '\n') {
      rows.push(row);
      row = [];
    }
    at = next + 1;
  }
  if (row.length > 0) throw new Error('the last row has no end');
  return rows;
}

/** Reads an array of texts as Postgres writes one, where every element is in quotes. */
export function parseArray(text: string): string[] {
  const elements: string[] = [];
  let at = 1;
  if (!text.startsWith('{') || !text.endsWith('}')) throw new Error(`no array: ${text}`);
  while (at < text.length - 1) {
    if (text[at] !== '"') throw new Error(`an element without quotes at ${at}: ${text}`);
    let element = '';
    for (at += 1; text[at] !== '"'; at++) {
      if (text[at] === '\\') at += 1;
      if (at >= text.length - 1) throw new Error(`no closing quote: ${text}`);
      element += text[at];
    }
    elements.push(element);
    at += 1;
    if (text[at] === ',') at += 1;
    else if (at !== text.length - 1) throw new Error(`no comma at ${at}: ${text}`);
  }
  return elements;
}

function quoted(text: string, start: number): [string, number] {
  let value = '';
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end === -1) throw new Error(`no closing quote after ${start}`);
    value += text.slice(at, end);
    if (text[end + 1] !== '"') return [value, end + 1];
    value += '"';
    at = end + 2;
  }
}

function bare(text: string, start: number): [string | null, number] {
  const pattern = /[^,\n]*/y;
  pattern.lastIndex = start;
  const value = pattern.exec(text)?.[0] ?? '';
  if (/["\r]/.test(value)) throw new Error(`a value that needs quotes has none: ${value}`);
  return [value === '' ? null : value, start + value.length];
}
