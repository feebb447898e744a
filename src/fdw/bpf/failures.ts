import { quoteLiteral } from '../../registry/identifiers.ts';
import type { Names } from '../names.ts';

/** What to do where the server cannot read a pin. */
export const PIN_ADVICE = {
  absent: 'plumb bpf install pins it (root), once a boot',
  denied:
    'put the user of the server into the group of the pins, and restart the server: usermod -aG plumbline postgres; systemctl restart postgresql',
  other: 'plumb bpf install and plumb fdw install --via bpf, of one plumb',
} as const;

/** What a handler keeps of an error. */
export const FAILURE_VARIABLES = `said text;
  more text;
  place text;
  advice text;`;

/**
 * Says again what has failed in a function, with what to do about it. Postgres's own hint for a file that is not there is about
 * psql; and where it was cannot be told as Postgres tells it, with the whole statement, or with the line of the file: that can
 * hold the command line of a process, and whoever reads a view may not see those.
 */
export function failureSql(names: Names, name: string): string {
  const advised = Object.entries({
    [`sqlstate = '58P01' and said like '%/sessions_text%'`]: PIN_ADVICE.absent,
    [`sqlstate = '42501' and said like '%/sessions_text%'`]: PIN_ADVICE.denied,
    [`starts_with(sqlstate, '22')`]: PIN_ADVICE.other,
  }).map(([when, what]) => `when ${when} then ${quoteLiteral(what)}`);
  return `get stacked diagnostics said = message_text, more = pg_exception_detail, place = pg_exception_context, advice = pg_exception_hint;
      raise exception using message = said, errcode = sqlstate,
        detail = coalesce(nullif(more, ''), substring(place from ${quoteLiteral('^COPY [^:]*')}), ${quoteLiteral(`while ${names.within(name)}() read the kernel`)}),
        hint = case ${advised.join(' ')} else coalesce(nullif(advice, ''), 'plumb bpf status') end;`;
}
