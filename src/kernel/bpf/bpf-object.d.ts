/** Where the build puts the iterators (npm run build:bpf), whether or not it has. */
declare module 'plumbline:bpf-object' {
  /** dist/bpf/sessions.bpf.o */
  export const file: string;
}
