import { type ByteString, fromUtf8, type Text, toBytes } from '../model/text.ts';

/**
 * Kernel text as a database can hold it: zeros, and bytes that are not UTF-8, as `\\xHH`, and every backslash as two, so
 * that two different names never become one row.
 */
export function storedText(text: Text): string {
  if (text.base64 !== null) return toBytes(text).replace(/[\0\\\x80-\xff]/g, escaped);
  return /[\0\\]/.test(text.text) ? text.text.replace(/[\0\\]/g, escaped) : text.text;
}

function escaped(byte: string): string {
  return byte === '\\' ? '\\\\' : `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The bytes that a stored text stands for. A backslash that no `storedText` has written is one. */
export function bytesOfStored(stored: string): ByteString {
  const bytes = fromUtf8(stored);
  if (!bytes.includes('\\')) return bytes;
  return bytes.replace(/\\(?:\\|x([0-9A-F]{2}))/g, (_, hex: string | undefined) => {
    return hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16));
  });
}
