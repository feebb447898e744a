/** The major version of the Postgres in PGlite, as PG_VERSION says it. */
declare module 'plumbline:registry-major' {
  const major: string;
  export default major;
}

/** The packed data directory that a new registry starts from: scripts/template.mjs makes it, the build puts it in. */
declare module 'plumbline:registry-template' {
  const bytes: Uint8Array;
  export default bytes;
}
