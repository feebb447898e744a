// What every command loads first, as one file: each further file costs the start about a third of a millisecond, and
// esbuild makes one of whatever two parts share.

/** A piece, as another one asks for it: `require("./chunk-ABC.cjs")`, from the entry `./chunks/main-ABC.cjs`. */
const REQUIRED = /require\("(?:\.\/(?:chunks\/)?)((?:chunk|main)-[^"]+\.cjs)"\)/g;

const JOINED = 'start.cjs';

/**
 * Joins the main piece and all that it needs at once.
 * @param {ReadonlyMap<string, string>} pieces the code of each, by its path below dist
 * @returns {Map<string, string>} the same with one for those, which the others ask for them by their old names
 */
export function joinStart(pieces) {
  const codeOf = (name) => pieces.get(`chunks/${name}`) ?? '';
  const main = [...pieces.keys()].map((it) => it.replace('chunks/', '')).find((it) => /^main-.*\.cjs$/.test(it));
  if (main === undefined) throw new Error('the build has no main piece');
  const joined = new Set([main]);
  for (const name of joined) for (const [, needed] of codeOf(name).matchAll(REQUIRED)) joined.add(needed);
  const within = (name) => codeOf(name).replace(REQUIRED, (asked, it) => (joined.has(it) ? `load("${it}")` : asked));
  const parts = [...joined].map((name) => `"${name}"(module,exports){${within(name)}\n}`);
  const start = `"use strict";const loaded={};const load=name=>{if(loaded[name])return loaded[name].exports;const module=loaded[name]={exports:{}};parts[name](module,module.exports);return module.exports};const parts={${parts.join(',\n')}};module.exports=load;`;
  const others = [...pieces].filter(([place]) => !joined.has(place.replace('chunks/', '')));
  const redirected = others.map(([place, code]) => {
    const way = place.startsWith('chunks/') ? './' : './chunks/';
    const text = code.replace(REQUIRED, (asked, it) =>
      joined.has(it) ? `require("${way}${JOINED}")("${it}")` : asked,
    );
    return [place, text];
  });
  return new Map([...redirected, [`chunks/${JOINED}`, start]]);
}
