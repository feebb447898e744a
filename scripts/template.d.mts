/** The packed data directory of the embedded registry; made now if there is none of this version. */
export function templateFile(): string;

/** The major version of the Postgres that made it. */
export function templateMajor(): string;
