/** The version of package.json; a test keeps the two alike, so that starting does not cost reading a file. */
export const VERSION = '0.1.0';
