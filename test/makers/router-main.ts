/** Routes again and again until it is killed: `node router-main.mjs HOMES COMMAND HOLDER LOG`. */

import { claimVariables } from '../../src/act/run.ts';
import { parseHomes } from '../../src/config/parse-homes.ts';
import { type ActivityOf, observe, route, runUnder } from '../../src/index.ts';

const [homes = '', command = '', holder = '', log = ''] = globalThis.process.argv.slice(2);

/** Everybody is free all the time, and none for long: who gets which session is for the locks to say. */
const activityOf: ActivityOf = async () => {
  return { state: 'idle', idleSeconds: Math.floor(Math.random() * 3), reason: 'the test says so' };
};

const commands = [command];
for (;;) {
  const look = { homes: parseHomes([homes]), commands, identifyPrograms: true, proveAbsence: false };
  const routed = await route(await observe(look), { commands, activityOf });
  if (routed.outcome === 'refused') continue;
  const { claim } = routed;
  const env = { ...globalThis.process.env, ...claimVariables(claim.session) };
  await runUnder(claim, [holder, log, String(Math.floor(Math.random() * 200))], env);
  claim.release();
}
