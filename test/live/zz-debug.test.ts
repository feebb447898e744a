import { it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { compile, install } from '../makers/c-program.ts';
import { homesAt, reportOf } from '../makers/look.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
it('debug', async () => {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'ada');
  const claude = install('relay', `${scratch}/bin/relaydbg`);
  const terminal = await openTerminal([compile('relay'), claude, '0'], { cwd: home });
  await waitFor('x', () => terminal.shown().includes('running'));
  let shown = 0;
  for (let i = 0; i < 1500 && shown < 3; i++) {
    const m = liveMachine();
    const log: string[] = [];
    const p = m.procfs as any;
    let first: Set<number> | null = null;
    const text = (o: any) => o.kind === 'value' ? (o.value instanceof Uint8Array ? Buffer.from(o.value).toString('latin1').slice(0, 90).replaceAll('\0','~') : String(o.value)) : o.kind + ':' + o.errno;
    const wrapped = {
      selfPid: p.selfPid,
      list: () => { const r = p.list(); if (!first) first = new Set(r.value.pids.slice(0, 40)); log.push('LIST ' + (r.value.nlink-2-r.value.staticDirectories-r.value.pids.length) + ' ' + r.value.pids.slice(-6)); return r; },
      read: (n: string) => { const r = p.read(n); if (n === 'stat') log.push('FORKS ' + /processes (\d+)/.exec(Buffer.from(r.value).toString())?.[1]); return r; },
      readlink: (n: string) => p.readlink(n),
      readStat: (pid: number) => { const r = p.readStat(pid); const t = text(r); if (/relaydbg|gone/.test(t)) log.push(`readStat ${pid} ${t}`); return r; },
      open: (pid: number) => { const r = p.open(pid); if (r.kind !== 'value') { log.push(`open ${pid} ${r.errno}`); return r; }
        const h = r.value;
        return { kind: 'value', value: { fd: h.fd, key: h.key, close: () => h.close(),
          read: (n: string) => { const o = h.read(n); log.push(`${pid} read ${n} ${text(o)}`); return o; },
          readlink: (n: string) => { const o = h.readlink(n); log.push(`${pid} readlink ${n} ${text(o)}`); return o; },
          stat: (n: string) => { const o = h.stat(n); return o; },
          list: (n: string) => h.list(n),
          hold: (n: string) => { const o = h.hold(n); log.push(`${pid} hold ${n} ${o.kind} ${o.errno ?? ''}`); return o; } } }; },
      exists: (pid: number) => p.exists(pid),
    };
    const s = await observe({ homes: homesAt({ ada: home }), commands: ['relaydbg'], machine: { ...m, procfs: wrapped as any } });
    if (reportOf(s, 'ada').verdict === 'none') { shown++; console.error('=== NONE look', i, JSON.stringify(s.coverage), 'relay', terminal.pid, '\n' + log.filter(l => !l.includes('zzz')).join('\n')); }
  }
}, 60000);
