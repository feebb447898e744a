/** The packed data directory that a new registry starts from: scripts/template.mjs makes it, the build puts it in. */
declare module 'plumbline:registry-template' {
  const bytes: Uint8Array;
  export default bytes;
}
