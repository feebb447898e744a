/** `plumb bpf --help`. */
export const BPF_HELP = `
The kernel itself can tell every process: a program in it (a BPF iterator),
which is pinned as a file and read like one. install, as root, brings it in and
pins it for a group, until the machine reboots or remove is called; status says
whether it can be used, and what is missing here. Whoever may read the pins sees
the processes, programs and working directories of all users. See docs/bpf.md.

Examples:
  useradd --system --user-group --no-create-home plumbline
  plumb bpf install
  plumb bpf status
  usermod --append --groups plumbline ada     # ada may read, from her next login
  plumb bpf remove
`;
