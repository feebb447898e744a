import type { Container, ContainerRuntime } from '../../model/container.ts';
import type { ByteString } from '../../model/text.ts';

/** What runtimes give their containers as a name, and what stands before it in the name of a systemd scope. */
const SCOPES: Readonly<Record<string, ContainerRuntime>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
  'libpod-payload': 'podman',
};
const PREFIXES = Object.keys(SCOPES).join('|');
const ID = '[0-9a-f]{64}';

/** `docker-ID.scope` of systemd, `crio-ID` of cgroupfs. What attends a container (`libpod-conmon-ID`) is not in it. */
const SCOPE = new RegExp(`^(${PREFIXES})-(${ID})(?:\\.scope)?$`);
/** `kubepods-podUID.slice:cri-containerd:ID`: containerd left to cgroupfs below a kubelet that is not. */
const COLONS = new RegExp(`^(?:[^:]*:)?(cri-containerd|docker|crio|nerdctl):(${ID})$`);
const BARE = new RegExp(`^${ID}$`);

const POD_SLICE = /(?:^|-)pod([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}|[0-9a-f]{32})\.slice(?::|$)/;
const POD_DIRECTORY = /^pod([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/;
const PODMAN_POD = new RegExp(`libpod_pod_(${ID})(?:\\.slice)?$`);

/** The directories of cgroupfs below which a container is only its number. */
const PARENTS: ReadonlyMap<ByteString, ContainerRuntime> = new Map([
  ['docker', 'docker'],
  ['docker.slice', 'docker'],
  ['libpod_parent', 'podman'],
  ['default', 'containerd'],
  ['k8s.io', 'containerd'],
]);

/**
 * Tells from a control group in which container its processes are: the innermost one.
 * The kernel has no containers; that runtimes name control groups after them is their custom, so what has another form
 * is not known to be one, and a process may be in a container and in no control group of its own.
 *
 * Source: /proc/<pid>/cgroup, a path; how docker, containerd, podman, cri-o, kubernetes, systemd-nspawn and lxc name theirs
 * Shape:  the container; null where the path names none
 * Units:  none
 */
export function containerOfCgroup(path: ByteString): Container | null {
  // A zombie's control group may have been removed, which the kernel says behind its path.
  const parts = path.replace(/ \(deleted\)$/, '').split('/');
  let pod: ByteString | null = null;
  let found: Container | null = null;
  for (const [index, part] of parts.entries()) {
    pod = podOf(part) ?? pod;
    const own = numbered(part, parts[index - 1] ?? '', parts, pod) ?? named(part, parts[index + 1] ?? null);
    if (own === null) continue;
    found = own;
    // What is further in is another container's.
    pod = null;
  }
  return found;
}

/** The containers that a number of 64 digits names. */
function numbered(
  part: ByteString,
  parent: ByteString,
  parts: readonly ByteString[],
  pod: ByteString | null,
): Container | null {
  const [, prefix = '', id = ''] = SCOPE.exec(part) ?? COLONS.exec(part) ?? [];
  const runtime = SCOPES[prefix];
  if (runtime !== undefined) return { id, runtime, pod };
  if (!BARE.test(part)) return null;
  const byParent = PARENTS.get(parent);
  if (byParent !== undefined) return { id: part, runtime: byParent, pod };
  if (pod !== null && podOf(parent) !== null) return { id: part, runtime: 'kubernetes', pod };
  // Amazon's agent has docker put each task's containers below a directory of the task.
  return parts[1] === 'ecs' ? { id: part, runtime: 'docker', pod } : null;
}

/** The containers that somebody has given a name. */
function named(part: ByteString, next: ByteString | null): Container | null {
  const lxc = /^lxc\.payload\.(.+)$/.exec(part)?.[1];
  if (lxc !== undefined) return { id: lxc, runtime: 'lxc', pod: null };
  if (next !== null && next !== '' && (part === 'lxc' || part === 'lxc.payload')) {
    return { id: next, runtime: 'lxc', pod: null };
  }
  const scope = /^machine-(.+)\.scope$/.exec(part)?.[1];
  // Machines of libvirt, and podman's slices, are registered under the same roof.
  if (scope !== undefined && next !== 'supervisor' && !/^(?:qemu|lxc|libpod)\\x2d/.test(scope)) {
    return { id: unescaped(scope), runtime: 'systemd-nspawn', pod: null };
  }
  const service = /^systemd-nspawn@(.+)\.service$/.exec(part)?.[1];
  if (service !== undefined && next !== null && next !== 'supervisor') {
    return { id: unescaped(service), runtime: 'systemd-nspawn', pod: null };
  }
  return null;
}

function podOf(part: ByteString): ByteString | null {
  const slice = POD_SLICE.exec(part)?.[1]?.replaceAll('_', '-');
  return slice ?? POD_DIRECTORY.exec(part)?.[1] ?? PODMAN_POD.exec(part)?.[1] ?? null;
}

/** The names of systemd's units, where `-` and others stand as `\x2d`. */
function unescaped(name: ByteString): ByteString {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
