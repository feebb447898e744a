import { value } from '../model/outcome.ts';
import { type LinkReader, loadLinkReader } from './native/links.ts';
import type { Link, Procfs } from './procfs.ts';

/**
 * The same door to /proc, where the links of many processes are read for two thirds of the time.
 *
 * Source: /proc/<pid>/fd
 * Needs:  koffi; where it does not load, and in a recorded scene, it is the same one
 */
export async function withQuickLinks(procfs: Procfs): Promise<Procfs> {
  const quick = procfs.root === null ? null : await loadLinkReader();
  if (quick === null) return procfs;
  return {
    selfPid: procfs.selfPid,
    root: procfs.root,
    list: () => procfs.list(),
    read: (name, firstBytes) => procfs.read(name, firstBytes),
    readlink: (name) => procfs.readlink(name),
    readStat: (pid) => procfs.readStat(pid),
    links: (pid, directory, prefix) => {
      const found = linksBy(quick, `${procfs.root}/${pid}/${directory}`, prefix);
      return found ? value(found) : procfs.links(pid, directory, prefix);
    },
    open: (pid) => procfs.open(pid),
    bracket: (pid, read) => procfs.bracket(pid, read),
    exists: (pid) => procfs.exists(pid),
  };
}

function linksBy(quick: LinkReader, directory: string, prefix: string) {
  const links: Link[] = [];
  const found = quick(directory, prefix, (fd, target, length) => {
    links.push([String(fd), target.toString('latin1', 0, length)]);
  });
  return found && { links: value(links), stat: found.stat };
}
