#!/usr/bin/env node

// Keeps the compiled code between runs where Node can do that (22.8 and later): asked for only there, since node:module
// costs a millisecond to load. A cache that fails is no reason to fail.
if (Number.parseInt(globalThis.process.versions.node, 10) >= 22) {
  try {
    // @types/node 20 does not know it.
    const module = globalThis.process.getBuiltinModule('node:module') as { enableCompileCache?: () => unknown };
    module.enableCompileCache?.();
  } catch {
    // Nothing is lost but a few milliseconds.
  }
}

// Built as CommonJS, which starts faster and knows no await out here; `main` catches whatever goes wrong.
void import('./main.ts').then(({ main }) => main(globalThis.process.argv.slice(2)));
