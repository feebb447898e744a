// npm run demo: three real sessions, one killed, one restarted, what the kernel says of them before and after, in SQL as
// well, and rows of them that lie until they are made to match.
import proc from 'node:process';
import { describeChange, programFact } from './demo/changes.mjs';
import { plumb } from './demo/plumb.mjs';
import { openStage } from './demo/stage.mjs';

const stage = await openStage(['ada', 'grace', 'linus']);
// However it ends: nothing is left behind. Ctrl-C in the terminal reaches a running plumb as well.
proc.on('exit', () => stage.close());
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  proc.on(signal, () => proc.exit(code));
}

const look = plumb(['--home', `${stage.homes}/*`, '--command', 'claude'], stage.state);
const programOf = (sessions, name) => programFact(sessions.find((session) => session.name === name));
const pidOf = (sessions, name) => sessions.find((session) => session.name === name)?.pid;

console.log('Three sessions start, each in a terminal and a home of its own. Nobody writes down that they did.\n');
stage.start('ada');
stage.start('grace', 'kept');
stage.start('linus', 'old');
const before = await look.until((sessions) => sessions.length === 3, 'three sessions');
await look.show('list', '-o', 'table');
console.log('\nOther tools want rows in a table: the registry, an embedded Postgres here.\n');
await look.show('sync');

const [ada, grace, linus] = ['ada', 'grace', 'linus'].map((name) => pidOf(before, name));
console.log(
  '\nada is killed, and cannot say so. grace ends, and its terminal starts it anew. linus restarts in place (exec).\n',
);
stage.run('kill', '-9', ada);
stage.run('kill', grace);
stage.run('kill', '-USR1', linus);
const after = await look.until(
  (sessions) =>
    pidOf(sessions, 'ada') === undefined &&
    ![undefined, grace].includes(pidOf(sessions, 'grace')) &&
    programOf(sessions, 'linus') !== programOf(before, 'linus'),
  'ada gone, grace back, and linus renewed',
);
console.log('\nThe list is right at once, since the kernel is asked. The rows still claim what was:\n');
await look.show('list', '-o', 'table');
await look.show('registry', '-o', 'table');
console.log('\nIn SQL there are no rows that could be wrong: each select reads the kernel.\n');
await look.show('sql', '-o', 'table', 'select name, pid, terminal from sessions');
console.log('\nRows that others keep reading are made to match by one command:\n');
await look.show('sync');
await look.show('registry', '-o', 'table');

console.log('\nWhat changed, and how the kernel proves it (plumb show NAME says this in full):\n');
for (const session of before) {
  console.log(describeChange(session, after, await look.json('show', session.name)));
}
proc.exit(0);
