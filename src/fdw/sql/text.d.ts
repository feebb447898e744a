/** SQL files are built in as text (scripts/build.mjs, vitest.config.ts). */
declare module '*.sql' {
  const text: string;
  export default text;
}
