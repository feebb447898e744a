/** What is used of it; TypeScript tells of it only together with all that browsers have. */
declare namespace WebAssembly {
  /** Compiled code, which several threads can share. */
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  class Memory {
    constructor(limits: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }
}
