const TICKS_PER_SECOND = 100;

/**
 * One line: what became of a session between two looks, and the facts that say so.
 * @param old the session in the first look
 * @param after all sessions of the second look
 * @param shown the answer of `plumb show NAME -o json`
 */
export function describeChange(old, after, shown) {
  const now = after.find(({ name }) => name === old.name);
  return `  ${old.name.padEnd(6)} ${now ? describePresent(old, now, shown) : describeAbsent(old, shown)}`;
}

/** What the session runs, from its evidence: `/usr/bin/node runs claude`. */
export function programFact(session) {
  return session?.evidence.find(({ fact }) => fact === 'program')?.value.split(';')[0];
}

function describeAbsent(old, { homes: [home], coverage }) {
  // Proven only where nothing was hidden from us: in a container it may not be.
  const proof = coverage.complete ? 'every process of this machine was looked at' : 'not all processes could be seen';
  const verdict = home.verdict === 'none' ? 'dead' : 'not seen';
  return `${verdict}: it was pid ${old.pid} on ${old.terminal.name}. Of its home plumb says: ${home.reason} (${proof}).`;
}

function describePresent(old, now, { sessions: [session] }) {
  const home = session.evidence.find(({ source }) => source.endsWith('/cwd'));
  const inHome = `${home.source} is its home (${home.value})`;
  if (now.pid === old.pid && now.start_time_ticks === old.start_time_ticks) {
    const same = `still pid ${now.pid}, started at tick ${now.start_time_ticks}`;
    const [was, is] = [programFact(old), programFact(now)];
    return was === is
      ? `the same: ${same}; ${inHome}.`
      : `restarted in place: ${same}; its program was "${was}", now "${is}".`;
  }
  const seconds = (Number(now.start_time_ticks) - Number(old.start_time_ticks)) / TICKS_PER_SECOND;
  const where = now.terminal.name === old.terminal.name ? `still on ${now.terminal.name}` : `on ${now.terminal.name}`;
  return `restarted: pid ${old.pid} became ${now.pid}, ${where}, started ${seconds} s after it; ${inHome}.`;
}
