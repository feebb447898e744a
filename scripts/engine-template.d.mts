/** The packed data directory of the SQL engine with these tables in it; made now if there is none. */
export function engineTemplateFile(tablesSql: string): string;

/** Statements that make the live tables of the sources. */
export function liveTablesSql(): Promise<string>;
