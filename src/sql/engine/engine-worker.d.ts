/** The file that holds worker.ts with all that it needs, and not PGlite: the build makes it. */
declare module 'plumbline:engine-worker' {
  const file: string;
  export default file;
}
