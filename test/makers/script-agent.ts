import fs from 'node:fs';

const PROGRAM = `#!/usr/bin/env node
// An agent that is a script: it waits for its end, at most five minutes.
setTimeout(() => {}, 300_000);
`;

/** Makes an agent that is a script of Node's, under the name that it shall run as. */
export function makeScriptAgent(path: string): string {
  return makeScript(path, PROGRAM);
}

/** Makes an agent that is a script, and gives itself another name: its arguments are gone then. */
export function makeTitledAgent(path: string, title: string): string {
  return makeScript(path, PROGRAM.replace('setTimeout', `process.title = '${title}';\nsetTimeout`));
}

/** Makes a shell script that may be run. */
export function makeShellScript(path: string, lines: readonly string[]): string {
  return makeScript(path, ['#!/bin/sh', ...lines, ''].join('\n'));
}

/** Makes a package with a command that is an agent, installed in a project: `npx claude` finds it there. */
export function makeNpmProject(project: string, command: string): void {
  const folder = `${project}/node_modules/${command}`;
  const manifest = { name: command, version: '1.0.0', bin: { [command]: 'main.js' } };
  fs.mkdirSync(`${project}/node_modules/.bin`, { recursive: true });
  makeScriptAgent(`${folder}/main.js`);
  fs.writeFileSync(`${folder}/package.json`, JSON.stringify(manifest));
  fs.symlinkSync(`../${command}/main.js`, `${project}/node_modules/.bin/${command}`);
  fs.writeFileSync(`${project}/package.json`, JSON.stringify({ name: 'project', dependencies: { [command]: '*' } }));
}

function makeScript(path: string, text: string): string {
  fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  fs.writeFileSync(path, text, { mode: 0o755 });
  return path;
}
