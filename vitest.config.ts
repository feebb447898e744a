import fs from 'node:fs';
import { defineConfig, type Plugin } from 'vitest/config';
import { engineWorkerFile } from './scripts/engine-worker.mjs';
import { templateFile, templateMajor } from './scripts/template.mjs';

/** What the build puts in by esbuild: SQL as text, the template of the embedded registry as bytes, the engine's thread. */
const builtIn: Plugin = {
  name: 'built in',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('plumbline:') ? `\0${id}` : null),
  async load(id) {
    if (id === '\0plumbline:engine-worker') {
      return `export default ${JSON.stringify(await engineWorkerFile())};`;
    }
    if (id === '\0plumbline:registry-major') return `export default ${JSON.stringify(templateMajor())};`;
    if (id === '\0plumbline:registry-template') {
      return `import fs from 'node:fs'; export default fs.readFileSync(${JSON.stringify(templateFile())});`;
    }
    return id.endsWith('.sql') ? `export default ${JSON.stringify(fs.readFileSync(id, 'utf8'))};` : null;
  },
};

export default defineConfig({
  plugins: [builtIn],
  test: {
    // Live tests make real terminals, namespaces and processes: a slow machine gets the time it needs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  },
});
