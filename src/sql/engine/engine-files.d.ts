/** Files that an engine is started from; the build makes them, and knows where they are. */
declare module 'plumbline:engine-files' {
  /** worker.ts with all that it needs, but PGlite. */
  export const worker: string;
  /** The packed data directory with the live tables in it. */
  export const template: string;
}
