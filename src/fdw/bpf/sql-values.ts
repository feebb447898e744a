import { quoteLiteral } from '../../registry/identifiers.ts';
import type { Names } from '../names.ts';
import { postgresRegex } from './postgres-regex.ts';

/** Names of ours as an array of SQL. */
export function textArray(names: Iterable<string>): string {
  return `array[${[...names].map(quoteLiteral).join(', ')}]::text[]`;
}

/** Whether a text of single bytes matches an expression of ours. */
export function matchesSql(text: string, expression: RegExp): string {
  return `(${text} collate "C") ~ ${quoteLiteral(postgresRegex(expression))}`;
}

/** The bytes that hexadecimal digits stand for, a character for each, as `ByteString` has them. */
export function bytesSql(hex: string): string {
  return `convert_from(decode(${hex}, 'hex'), 'LATIN1')`;
}

/** The same of a text that a person has written. */
export function bytesOfTextSql(text: string): string {
  return `convert_from(convert_to(${text}, 'UTF8'), 'LATIN1')`;
}

/** The last part of a path, as `basename` of src/model/text.ts has it. */
export function basenameSql(path: string): string {
  return `case when ${path} ~ '^/+$' then '/' else regexp_replace(rtrim(${path}, '/'), '^.*/', '') end`;
}

/** Single bytes as a database can hold them (`storedText`); what is plain takes no function. */
export function textSql(names: Names, bytes: string): string {
  const isPlain = `(${bytes} collate "C") ~ ${quoteLiteral('^[\\u0001-\\u005b\\u005d-\\u007f]*$')}`;
  return `case when ${isPlain} then ${bytes} else ${names.within('text_of')}(${bytes}) end`;
}
