import fs from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';
import { engineTemplateFile, liveTablesSql } from './scripts/engine-template.mjs';
import { engineWorkerFile } from './scripts/engine-worker.mjs';
import { templateFile, templateMajor } from './scripts/template.mjs';

/** What the build puts in by esbuild: SQL as text, the registry's template as bytes, the engine's files. */
const builtIn: Plugin = {
  name: 'built in',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('plumbline:') ? `\0${id}` : null),
  async load(id) {
    if (id === '\0plumbline:engine-files') {
      const template = engineTemplateFile(await liveTablesSql());
      const lines = Object.entries({ template, worker: await engineWorkerFile() });
      return lines.map(([name, file]) => `export const ${name} = ${JSON.stringify(file)};`).join('\n');
    }
    if (id === '\0plumbline:bpf-object') {
      return `export const file = ${JSON.stringify(path.join(import.meta.dirname, 'dist/bpf/sessions.bpf.o'))};`;
    }
    if (id === '\0plumbline:registry-major') return `export default ${JSON.stringify(templateMajor())};`;
    if (id === '\0plumbline:registry-template') {
      return `import fs from 'node:fs'; export default fs.readFileSync(${JSON.stringify(templateFile())});`;
    }
    return id.endsWith('.sql') ? `export default ${JSON.stringify(fs.readFileSync(id, 'utf8'))};` : null;
  },
};

/** They make whole fleets and let much happen to them: each look beside that is of a machine where nothing holds still. */
const CROWDS = ['bet', 'soak', 'retire-the-sweeper'].map((name) => `test/e2e/${name}.test.ts`);

export default defineConfig({
  plugins: [builtIn],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['src', 'test', 'bet', 'soak'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: CROWDS,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'crowds', include: CROWDS, sequence: { groupOrder: 1 } } },
    ],
    // Live tests make real terminals, namespaces and processes: a slow machine gets the time it needs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of their time they wait for what is real: two files at once, on two cores as well, where one is the default.
    maxWorkers: 2,
  },
});
