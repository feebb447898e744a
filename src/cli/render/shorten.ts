import stringWidth from 'fast-string-width';

/** Text in a given width, with `…` for what is left out of it. */
export function shorten(text: string, room: number, keeps: 'start' | 'end'): string {
  if (stringWidth(text) <= room) return text;
  const kept: string[] = [];
  let left = room - 1;
  const characters = [...text];
  for (const character of keeps === 'end' ? characters.reverse() : characters) {
    left -= stringWidth(character);
    if (left < 0) break;
    kept.push(character);
  }
  return keeps === 'end' ? `…${kept.reverse().join('')}` : `${kept.join('')}…`;
}
