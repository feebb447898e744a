import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { where } from './where.mjs';

const PAGE = path.join(import.meta.dirname, '../../docs/retire-the-sweeper.md');
const HEADING = /^## (\d\w?)\. (.*)$/;
const FENCE = /^```(\w*)$/;

/**
 * The steps of docs/retire-the-sweeper.md with their commands, which are run from there: what stands in the page is what
 * was played.
 * @returns by the step's number: its title, the blocks of commands that do it, and those that undo it
 */
export function readPage() {
  const steps = new Map();
  let step = null;
  let blocks = null;
  let open = null;
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (fence && open === null) open = { language: fence[1], lines: [] };
    else if (fence) {
      if (open.language === 'sh' && blocks === null)
        throw new Error(`a command outside of all steps: ${open.lines[0]}`);
      if (open.language === 'sh') blocks.push(open.lines.join('\n'));
      open = null;
    } else if (open !== null) open.lines.push(line);
    else if (heading) {
      step = { number: heading[1], title: heading[2], run: [], undo: [] };
      steps.set(step.number, step);
      blocks = step.run;
    } else if (/^##? /.test(line)) blocks = null;
    else if (line === '### Undo') blocks = step.undo;
  }
  return steps;
}

/**
 * Writes what was printed into the page: into the ```text behind a block, where there is one, and the table of the run
 * between its two marks, with the day and the machine.
 * @param outputs by the block's text
 * @param directory where it was played; in the page it is another one, as is that of the server's socket
 */
export function writeOutputs(outputs, table, directory) {
  const text = readFileSync(PAGE, 'utf8')
    .replace(/^```sh\n((?:(?!```)[\s\S])*)\n```\n\n```text\n[\s\S]*?```$/gm, (all, block) => {
      const told = outputs.get(block);
      if (told === undefined) return all;
      const socket = path.join(path.dirname(directory), 'pg/s');
      const shown = told.trimEnd().replaceAll(directory, '/tmp/runner').replaceAll(socket, '/var/run/postgresql');
      return `\`\`\`sh\n${block}\n\`\`\`\n\n\`\`\`text\n${shown}\n\`\`\``;
    })
    .replace(
      /(<!-- the run -->\n)[\s\S]*?(<!-- its end -->)/,
      (_all, from, to) => `${from}\n${where()}:\n\n\`\`\`text\n${table}\n\`\`\`\n\n${to}`,
    );
  writeFileSync(PAGE, text);
}
