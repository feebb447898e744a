import { mistake, type Origin } from './origin.ts';

/** True for what can only be a path, so that a `=` in it is a part of a name. */
export function startsAsPath(entry: string): boolean {
  return /^(?:\/|\.{1,2}(?:\/|$))/.test(entry);
}

/**
 * An absolute path, or an error that says how to write one.
 * `..` stays as it is: behind a symbolic link only the kernel knows where it leads.
 */
export function wholePath(path: string, index: number, origin: Origin): string {
  if (path === '') throw mistake(origin, index, 'the path is empty', "write a pattern like '/srv/agents/*'");
  if (path.includes('\0')) throw mistake(origin, index, 'it holds a NUL byte', 'no path can hold one');
  if (path.startsWith('~')) {
    const hint = 'only a shell does that: write the whole path (or ./~ for a directory of that name)';
    throw mistake(origin, index, `~ is not expanded in ${path}`, hint);
  }
  if (path.startsWith('/')) return path;
  if (origin.workingDirectory === null) {
    throw mistake(origin, index, `the path ${path} is relative`, 'write it whole, beginning with /');
  }
  return resolveFrom(currentDirectory(origin.workingDirectory, index, origin), path);
}

/** Without doubled slashes, `.` and a slash at the end, which mean nothing to the kernel. */
export function tidyPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}

/** The kernel gave us the working directory without links in it, so leading `..` may be taken off by name. */
function resolveFrom(directory: string, path: string): string {
  const [base, rest] = [tidyPath(directory).split('/'), path.split('/')];
  while (rest[0] === '.' || rest[0] === '..') {
    if (rest.shift() === '..' && base.length > 1) base.pop();
  }
  return [...base, ...rest].join('/');
}

function currentDirectory(ask: () => string, index: number, origin: Origin): string {
  try {
    return ask();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw mistake(origin, index, `a relative path needs a current directory: ${reason}`, 'write the whole path');
  }
}
