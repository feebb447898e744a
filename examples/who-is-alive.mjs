// Prints one line a session: is it alive, who is it, and the facts behind it.
// Usage: node examples/who-is-alive.mjs '/srv/agents/*' claude
import { observe, parseHomes } from '@plumbline/plumbline';

const [homes, ...commands] = process.argv.slice(2);
if (homes === undefined || commands.length === 0) {
  console.error("usage: node examples/who-is-alive.mjs '/srv/agents/*' COMMAND…");
  process.exit(2);
}

const snapshot = await observe({ homes: parseHomes([homes]), commands, explain: true });

for (const home of snapshot.homes) {
  const pid = home.session?.pid;
  console.log(`${home.name.text}: ${home.verdict}${pid ? ` as ${pid}` : ''} (${home.reason})`);
  for (const { fact, value } of home.session?.evidence ?? []) console.log(`  ${fact}: ${value}`);
}

// "none" is only said where everything could be seen; otherwise it is "unknown", and this says why.
if (!snapshot.coverage.complete) console.log('not everything could be seen:', snapshot.coverage.reasons);
