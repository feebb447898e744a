/** Code of the thread that the SQL engine runs in, as CommonJS. */
export function engineWorker(): Promise<string>;

/** The same as a file, for tests of the sources; made now if there is none of these. */
export function engineWorkerFile(): Promise<string>;
