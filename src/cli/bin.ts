#!/usr/bin/env node
import module from 'node:module';

// Keeps the compiled code between runs where Node can do that (22.8 and later); a cache that fails is no reason to.
const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
try {
  enableCompileCache?.();
} catch {
  // Nothing is lost but a few milliseconds.
}

// Built as CommonJS, which starts faster and knows no await out here; `main` catches whatever goes wrong.
void import('./main.ts').then(({ main }) => main(globalThis.process.argv.slice(2)));
