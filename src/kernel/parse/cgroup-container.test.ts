import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerOfCgroup } from './cgroup-container.ts';

const ID = '3f8a0c1b5e7d9f2a4c6b8d0e1f3a5c7b9d1e3f5a7c9b0d2e4f6a8c0b1d3e5f7a';
const INNER = 'b0d2e4f6a8c0b1d3e5f7a3f8a0c1b5e7d9f2a4c6b8d0e1f3a5c7b9d1e3f5a7c9';
const POD = '8f6c2d1a-94e3-4b0e-a7d5-0c9b8e7f6a5d';
const POD_ = POD.replaceAll('-', '_');
const STATIC_POD = 'd4c3b2a190f8e7d6c5b4a39281706f5e';

describe('containerOfCgroup()', () => {
  it.each([
    ['docker, cgroupfs', `/docker/${ID}`, 'docker', ID, null],
    ['docker, systemd', `/system.slice/docker-${ID}.scope`, 'docker', ID, null],
    ['docker, a parent of its own', `/docker.slice/${ID}`, 'docker', ID, null],
    [
      'docker, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
      'docker',
      ID,
      null,
    ],
    ['docker, a group made inside', `/system.slice/docker-${ID}.scope/init`, 'docker', ID, null],
    ['docker in docker', `/docker/${ID}/docker/${INNER}`, 'docker', INNER, null],
    ['docker, seen from another cgroup namespace', `/../../system.slice/docker-${ID}.scope`, 'docker', ID, null],
    ['docker, a zombie after its end', `/system.slice/docker-${ID}.scope (deleted)`, 'docker', ID, null],
    ['ecs', `/ecs/4b5c6d7e8f90a1b2c3d4e5f60718293a/${ID}`, 'docker', ID, null],
    ['ecs, systemd', `/ecstasks.slice/ecstasks-4b5c6d7e.slice/docker-${ID}.scope`, 'docker', ID, null],
    ['podman, root', `/machine.slice/libpod-${ID}.scope`, 'podman', ID, null],
    ['podman 4, root', `/machine.slice/libpod-${ID}.scope/container`, 'podman', ID, null],
    [
      'podman, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
      'podman',
      ID,
      null,
    ],
    ['podman, a pod', `/machine.slice/machine-libpod_pod_${INNER}.slice/libpod-${ID}.scope`, 'podman', ID, INNER],
    ['podman, cgroupfs', `/libpod_parent/libpod-${ID}`, 'podman', ID, null],
    ['podman, a pod in cgroupfs', `/libpod_parent/libpod_pod_${INNER}/libpod-${ID}`, 'podman', ID, INNER],
    ['podman, in a unit that splits its groups', `/system.slice/web.service/libpod-payload-${ID}`, 'podman', ID, null],
    [
      'kubernetes with containerd',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_}.slice/cri-containerd-${ID}.scope`,
      'containerd',
      ID,
      POD,
    ],
    [
      'kubernetes, guaranteed',
      `/kubepods.slice/kubepods-pod${POD_}.slice/cri-containerd-${ID}.scope`,
      'containerd',
      ID,
      POD,
    ],
    [
      'kubernetes, a static pod',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_POD}.slice/cri-containerd-${ID}.scope`,
      'containerd',
      ID,
      STATIC_POD,
    ],
    [
      'kubernetes with docker',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_}.slice/docker-${ID}.scope`,
      'docker',
      ID,
      POD,
    ],
    [
      'kubernetes with cri-o',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_}.slice/crio-${ID}.scope`,
      'cri-o',
      ID,
      POD,
    ],
    [
      'cri-o 1.30, its container group',
      `/kubepods.slice/kubepods-pod${POD_}.slice/crio-${ID}.scope/container`,
      'cri-o',
      ID,
      POD,
    ],
    ['kubernetes, cri-o with cgroupfs', `/kubepods/burstable/pod${POD}/crio-${ID}`, 'cri-o', ID, POD],
    ['kubernetes, cgroupfs', `/kubepods/besteffort/pod${POD}/${ID}`, 'kubernetes', ID, POD],
    ['kubernetes, cgroupfs, guaranteed', `/kubepods/pod${POD}/${ID}`, 'kubernetes', ID, POD],
    [
      'kubernetes, two drivers',
      `/system.slice/containerd.service/kubepods-burstable-pod${POD_}.slice:cri-containerd:${ID}`,
      'containerd',
      ID,
      POD,
    ],
    [
      'kind: kubernetes in docker',
      `/docker/${INNER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${POD_}.slice/cri-containerd-${ID}.scope`,
      'containerd',
      ID,
      POD,
    ],
    ['kind, cgroupfs', `/docker/${INNER}/kubelet/kubepods/besteffort/pod${POD}/${ID}`, 'kubernetes', ID, POD],
    ['nerdctl, systemd', `/system.slice/nerdctl-${ID}.scope`, 'containerd', ID, null],
    ['nerdctl, cgroupfs', `/default/${ID}`, 'containerd', ID, null],
    ['containerd for kubernetes without a parent', `/k8s.io/${ID}`, 'containerd', ID, null],
    ['nspawn', '/machine.slice/machine-web.scope/payload', 'systemd-nspawn', 'web', null],
    [
      'nspawn, version 1',
      '/machine.slice/machine-debian\\x2dsid.scope/system.slice/cron.service',
      'systemd-nspawn',
      'debian-sid',
      null,
    ],
    ['nspawn, version 1, its top', '/machine.slice/machine-web.scope', 'systemd-nspawn', 'web', null],
    [
      'nspawn as a service',
      '/machine.slice/systemd-nspawn@db.service/payload/init.scope',
      'systemd-nspawn',
      'db',
      null,
    ],
    ['lxc 4', '/lxc.payload.c1/system.slice/ssh.service', 'lxc', 'c1', null],
    ['lxc 3', '/lxc.payload/c1', 'lxc', 'c1', null],
    ['lxc 2', '/lxc/c1/init.scope', 'lxc', 'c1', null],
    ['docker in lxc', `/lxc.payload.c1/docker/${ID}`, 'docker', ID, null],
  ])('knows %s', (_, path, runtime, id, pod) => {
    expect(containerOfCgroup(path)).toEqual({ id, runtime, pod });
  });

  it.each([
    ['the root', '/'],
    ['a login', '/user.slice/user-1000.slice/session-3.scope'],
    ['a service', '/system.slice/docker.service'],
    ['containerd itself', '/system.slice/containerd.service'],
    ['a scope that only sounds like one', '/system.slice/docker-build.scope'],
    ['a number of another length', `/docker/${ID.slice(1)}`],
    ['a number somewhere', `/system.slice/${ID}`],
    ['a number below a name that every object has', `/constructor/${ID}`],
    ["podman's monitor", `/machine.slice/libpod-conmon-${ID}.scope`],
    ["podman's monitor, cgroupfs", `/libpod_parent/libpod-conmon-${ID}`],
    ["cri-o's monitor", `/kubepods.slice/kubepods-pod${POD_}.slice/crio-conmon-${ID}.scope`],
    ["nspawn's own process", '/machine.slice/machine-web.scope/supervisor'],
    ["nspawn's own process as a service", '/machine.slice/systemd-nspawn@db.service/supervisor'],
    ['nspawn as a service, version 1, where both may be', '/machine.slice/systemd-nspawn@db.service'],
    ["lxc's monitor", '/lxc.monitor.c1'],
    ["lxc's monitor, version 3", '/lxc.monitor/c1'],
    ['a virtual machine', '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator'],
    ['a pod without a container', `/kubepods.slice/kubepods-pod${POD_}.slice`],
  ])('knows no container of %s', (_, path) => {
    expect(containerOfCgroup(path)).toBeNull();
  });

  it('takes any path', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('docker', ID, 'lxc', `pod${POD}`, 'machine-x.scope', `crio-${ID}`),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const found = containerOfCgroup(`/${parts.join('/')}`);
        expect(found === null || found.id.length > 0).toBe(true);
      }),
    );
  });
});
