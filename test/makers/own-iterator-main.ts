import { openOwnIterator } from '../../src/kernel/bpf/loaded-iterator.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { isRefusal } from '../../src/model/refusal.ts';

// Reads every process twice through an iterator of its own, and says how long the readings were, or why there are none.
const opened = await openOwnIterator(liveProcfs());
if (isRefusal(opened)) globalThis.process.stdout.write(`${JSON.stringify(opened)}\n`);
else {
  const lengths = [opened.read(), opened.read()].map((it) => (it.kind === 'value' ? it.value.length : it.kind));
  opened.close();
  globalThis.process.stdout.write(`${JSON.stringify({ origin: opened.origin, lengths })}\n`);
}
