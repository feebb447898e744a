import type { ParseError } from './errors.ts';

/**
 * What one look at the kernel can yield. Only `value` carries a fact; the others say why there is none, and they
 * are never interchangeable: `gone` is proof that something ended, `denied` is only our own blindness.
 */
export type Outcome<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** ENOENT or ESRCH. Through a held directory, ESRCH proves that the process has been reaped. */
  | { readonly kind: 'gone'; readonly errno: string }
  /** EACCES or EPERM: it exists, and we may not see it. */
  | { readonly kind: 'denied'; readonly errno: string }
  /** Any other errno: this kernel, mount or file system does not offer it (ENAMETOOLONG, ENOTDIR, EINVAL …). */
  | { readonly kind: 'unsupported'; readonly errno: string }
  /** The kernel's text could not be understood. */
  | { readonly kind: 'malformed'; readonly error: ParseError }
  /** A file system did not answer in time. */
  | { readonly kind: 'timeout'; readonly afterMs: number };

/** Every outcome that carries no value. */
export type Missing = Exclude<Outcome<never>, { readonly kind: 'value' }>;

/** Wraps a fact that was read. */
export function value<T>(fact: T): Outcome<T> {
  return { kind: 'value', value: fact };
}

/** Turns an errno into the outcome that it means. */
export function missingFromErrno(errno: string): Missing {
  if (errno === 'ENOENT' || errno === 'ESRCH') return { kind: 'gone', errno };
  if (errno === 'EACCES' || errno === 'EPERM') return { kind: 'denied', errno };
  return { kind: 'unsupported', errno };
}

/** The fact, or null where there is none. For places where the reason has already been counted. */
export function valueOrNull<T>(outcome: Outcome<T>): T | null {
  return outcome.kind === 'value' ? outcome.value : null;
}

/** The reason in the words of the kernel: `EACCES`, `malformed`, `no answer in 2000 ms`. */
export function describeMissing(missing: Missing): string {
  switch (missing.kind) {
    case 'malformed':
      return missing.error.message;
    case 'timeout':
      return `no answer in ${missing.afterMs} ms`;
    default:
      return missing.errno;
  }
}
