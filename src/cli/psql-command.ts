import { shellWord } from '../model/shell-word.ts';
import { fromUtf8 } from '../model/text.ts';

/** What a person types to get to an address of `plumb serve`: `psql -h 127.0.0.1 -p 5433 -d plumbline`. */
export function psqlCommand(address: string): string {
  const [, bracketed, plain = address, port] = /^(?:\[([^\]]*)\]|(.*)):(\d+)$/s.exec(address) ?? [];
  const host = shellWord(fromUtf8(bracketed ?? plain));
  return `psql -h ${host}${port === undefined ? '' : ` -p ${port}`} -d plumbline`;
}
