// What is made from the descriptions of relations, as one file that is loaded only when it is called for: the start of
// `plumb list` pays for none of it.

export { MachineLook } from '../look/machine-look.ts';
export { homesByColumns, sessionsByColumns } from './by-columns.ts';
export { completion } from './commands/completion.ts';
export { addRelationCommands } from './relation-commands.ts';
export { describeSection, readSections, sectionWire } from './show-sections.ts';
