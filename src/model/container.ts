import type { ByteString } from './text.ts';

/** What runs a container, as far as the name of its control group says; `kubernetes` where that only says a pod. */
export type ContainerRuntime = 'docker' | 'containerd' | 'podman' | 'cri-o' | 'kubernetes' | 'systemd-nspawn' | 'lxc';

/** The container that a process is in. */
export interface Container {
  /** 64 hexadecimal digits; for systemd-nspawn and lxc its name. */
  readonly id: ByteString;
  readonly runtime: ContainerRuntime;
  /** The pod that it is part of: kubernetes' uid, or podman's id; null where it is part of none. */
  readonly pod: ByteString | null;
}
