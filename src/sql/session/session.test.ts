import { describe, expect, it } from 'vitest';
import { useSessions } from '../../../test/makers/session-bed.ts';
import { type SessionPeer, told } from '../../../test/makers/sql-peers.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { PlumblineError } from '../../model/errors.ts';
import { errorFields, framesOf } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';

const bed = useSessions();

const q = (text: string) => [frontend.query(text)];
const ask = async (peer: SessionPeer, text: string) => told(await peer.ask(q(text)));
/** The values of one column, of one row each. */
const values = async (peer: SessionPeer, text: string) => {
  return (await ask(peer, text)).filter((it) => it.startsWith('row ')).map((it) => JSON.parse(it.slice('row '.length)));
};
const BIND = { portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] };
const extended = (text: string) => [frontend.parse('', text), frontend.bind(BIND), frontend.execute('')];

function errorIn(answer: Uint8Array): ReadonlyMap<string, string> {
  const error = [...framesOf(answer)].find(({ type }) => type === 'E');
  if (error === undefined) throw new Error(`no error: ${told(answer)}`);
  return errorFields(error.body);
}

/** Holds something up, until it is let go. */
function gate(): { readonly wait: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

/** Runs while each look, or each job of the engine, is held up. */
async function heldUp(
  where: 'look' | 'engine',
  act: (reached: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { engine, snapshots } = bed();
  const { wait, open } = gate();
  let count = 0;
  const before = () => {
    count++;
    return wait;
  };
  if (where === 'look') snapshots.before = before;
  else engine.before = before;
  try {
    await act(() => waitFor('it to be held up', () => count > 0));
  } finally {
    snapshots.before = () => {};
    engine.before = () => {};
    open();
  }
}

describe('looks at the machine', () => {
  it('each statement outside of a block has its own', async () => {
    const peer = bed().open();
    const [first] = await values(peer, 'select look from processes');
    const [second] = await values(peer, 'select look from processes');
    expect(Number(second)).toBe(Number(first) + 1);
  });

  it('a block has one, from its first statement that needs it', async () => {
    const peer = bed().open();
    const { looks } = bed().snapshots;
    await ask(peer, 'begin; select 1');
    expect(bed().snapshots.looks).toBe(looks);
    const [first] = await values(peer, 'select look from processes');
    await ask(peer, 'savepoint a; select 1/0');
    await ask(peer, 'rollback to a; select name from sessions');
    const [last] = await values(peer, 'select p.look from processes p, sessions limit 1');
    expect(last).toBe(first);
    expect(bed().snapshots.looks).toBe(looks + 1);
    await ask(peer, 'commit; begin');
    expect(await values(peer, 'select look from processes')).not.toEqual([first]);
  });

  it('statements that come together have one, and so has what comes up to a Sync', async () => {
    const peer = bed().open();
    const { looks } = bed().snapshots;
    await ask(peer, 'select look from processes; select name from sessions; select look from processes');
    expect(bed().snapshots.looks).toBe(looks + 1);
    const one = extended('select look from processes');
    await peer.ask([...one, ...one, frontend.sync()]);
    expect(bed().snapshots.looks).toBe(looks + 2);
    await peer.ask([...one, frontend.sync()]);
    expect(bed().snapshots.looks).toBe(looks + 3);
  });

  it('only the tables of a statement are read, and none is for what reads none', async () => {
    const peer = bed().open();
    await ask(peer, 'select count(*) from sessions');
    expect([...(bed().engine.jobs.at(-1)?.tables.keys() ?? [])]).toEqual(['sessions']);
    await ask(peer, 'select 1');
    expect(bed().engine.jobs.at(-1)?.tables.size).toBe(0);
  });

  it('a cursor tells of when it was declared', async () => {
    const peer = bed().open();
    const other = bed().open();
    await ask(peer, 'begin; declare c cursor for select look from processes');
    const { looks } = bed().snapshots;
    await ask(other, 'select look from processes');
    expect(await values(peer, 'fetch c')).toEqual([String(looks)]);
    await ask(peer, 'rollback');
  });

  it('what was prepared is read when it is executed', async () => {
    const peer = bed().open();
    await ask(peer, 'prepare p as select name from sessions order by 1');
    expect(await values(peer, 'execute p')).toEqual(['ada', 'bob', 'cy']);
    await peer.ask([frontend.parse('q', 'select name from sessions where pid = $1'), frontend.sync()]);
    expect(await values(peer, 'execute q (2)')).toEqual(['bob']);
    const plan = await ask(peer, 'explain (analyze, costs off, timing off, summary off) execute q (2)');
    expect(plan.join('\n')).toContain('rows=1');
  });

  it('one that fails is told with its hint, and its block fails', async () => {
    const peer = bed().open();
    await ask(peer, 'begin; savepoint a');
    bed().snapshots.before = () => {
      throw new PlumblineError('blind', 'too little could be seen', { hint: 'run it as root' });
    };
    const fields = errorIn(await peer.ask(q('select name from sessions')));
    bed().snapshots.before = () => {};
    expect(fields.get('C')).toBe('58000');
    expect(fields.get('H')).toBe('run it as root');
    expect(peer.session.status).toBe('E');
    await ask(peer, 'rollback to a');
    expect(await values(peer, 'select count(*) from sessions')).toEqual(['3']);
    await ask(peer, 'rollback');
  });
});

describe('cancel', () => {
  it.each(['look', 'engine'] as const)('ends what waits for the %s, and the session goes on', async (where) => {
    const peer = bed().open();
    await peer.session.start();
    await heldUp(where, async (reached) => {
      const answer = peer.ask(q('select name from sessions; select 2'));
      await reached();
      peer.session.cancel();
      expect(told(await answer)).toEqual(['ERROR 57014', 'ready I']);
    });
    expect(await values(peer, 'select count(*) from sessions')).toEqual(['3']);
  });

  it('fails a block', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    await heldUp('engine', async (reached) => {
      const answer = peer.ask([...extended('select 1'), frontend.sync()]);
      await reached();
      peer.session.cancel();
      expect(told(await answer)).toEqual(['ERROR 57014', 'ready E']);
    });
    expect(await ask(peer, 'rollback')).toEqual(['done ROLLBACK', 'ready I']);
  });

  it('between two statements does nothing', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    peer.session.cancel();
    expect(await values(peer, 'select 1')).toEqual(['1']);
    expect(peer.session.status).toBe('T');
  });
});

describe('time', () => {
  it('a statement may take no longer than its client has said', async () => {
    const peer = bed().open();
    await ask(peer, "set statement_timeout = '61s'");
    await ask(peer, 'select 1');
    const limits = bed().engine.jobs.at(-1)?.limits.ms ?? 0;
    expect(limits).toBeGreaterThan(50_000);
    expect(limits).toBeLessThanOrEqual(60_000);
    expect(await values(peer, 'show statement_timeout')).toEqual(['61s']);
    await ask(peer, 'set statement_timeout = 20');
    await heldUp('look', async () => {
      expect(await ask(peer, 'select name from sessions')).toEqual(['ERROR 57014', 'ready I']);
    });
  });

  it('how long it may leave us waiting is told as it has set it', async () => {
    const peer = bed().open();
    expect(peer.session.patience).toEqual({ idleInTransactionMs: 0, transactionMs: 0, idleMs: 0 });
    await ask(peer, "set idle_in_transaction_session_timeout = '2min'; set transaction_timeout = 1500");
    expect(peer.session.patience).toEqual({ idleInTransactionMs: 120_000, transactionMs: 1500, idleMs: 0 });
  });
});

describe('the engine', () => {
  it('that dies of a statement fails it and its block, and nothing else', async () => {
    const peer = bed().open();
    await ask(peer, "set work_mem = '5MB'; begin; savepoint a; declare c cursor for values (1), (2); fetch c");
    bed().engine.before = () => {
      throw new SqlError('58000', 'the database engine has ended while it ran this');
    };
    expect(await ask(peer, 'select 1')).toEqual(['ERROR 58000', 'ready E']);
    bed().engine.before = () => {};
    await ask(peer, 'rollback to a');
    expect(await values(peer, 'show work_mem')).toEqual(['5MB']);
    await ask(peer, 'rollback');
  });

  it('is shared by clients that do not see each other', async () => {
    const [one, other] = [bed().open({ startup: { application_name: 'one' } }), bed().open()];
    await ask(one, "set work_mem = '5MB'; prepare p as select 1; begin");
    await ask(other, "set work_mem = '6MB'; prepare p as select 2; commit; begin; select 1/0");
    expect(await values(one, 'execute p')).toEqual(['1']);
    expect(await values(one, 'show work_mem')).toEqual(['5MB']);
    expect(await values(one, 'show application_name')).toEqual(['one']);
    await ask(other, 'rollback');
    expect(await values(other, 'execute p')).toEqual(['2']);
    expect(await values(other, 'show work_mem')).toEqual(['6MB']);
    expect(await values(other, 'show application_name')).toEqual(['']);
    await ask(one, 'commit');
  });

  it('is told when a client is gone, which hears nothing any more', async () => {
    const peer = bed().open();
    await peer.session.start();
    await heldUp('engine', async (reached) => {
      const answer = peer.ask(q('select 1'));
      await reached();
      const count = bed().engine.forgotten.length;
      peer.session.end();
      expect(await answer).toHaveLength(0);
      expect(bed().engine.forgotten.length).toBeGreaterThan(count);
      expect(bed().engine.jobs.at(-1)?.signal.aborted).toBe(true);
    });
  });
});

describe('memory', () => {
  const big = "select repeat('x', 1000) from generate_series(1, 100)";

  it('rows that are too many to be kept fail their block, and nothing else', async () => {
    const peer = bed().open({ limits: { heldBytes: 50_000 } });
    await ask(peer, `begin; savepoint a; declare c cursor for ${big}`);
    const fields = errorIn(await peer.ask(q('fetch c')));
    expect(fields.get('C')).toBe('53200');
    expect(fields.get('H')).toContain('Close');
    await ask(peer, 'rollback to a');
    expect(await values(peer, `declare d cursor for ${big} limit 20; fetch d`)).toHaveLength(1);
    // What is let go of can be used again, as often as wanted.
    for (let count = 0; count < 5; count++) {
      expect(await values(peer, `close d; declare d cursor for ${big} limit 20; fetch d`)).toHaveLength(1);
    }
    await ask(peer, 'rollback');
    expect(await values(peer, big)).toHaveLength(100);
  });

  it('so do statements that nobody closes', async () => {
    const peer = bed().open({ limits: { heldBytes: 20_000 } });
    let last = await peer.ask(q('select 1'));
    for (let count = 0; count < 100; count++) {
      last = await peer.ask([frontend.parse(`s${count}`, 'select 1'), frontend.sync()]);
    }
    expect(errorIn(last).get('C')).toBe('53200');
    expect(await values(peer, 'deallocate all; select 1')).toEqual(['1']);
  });

  it('a result that is too large is refused', async () => {
    const peer = bed().open({ limits: { resultBytes: 50_000 } });
    expect(errorIn(await peer.ask(q(big))).get('C')).toBe('54000');
    expect(await values(peer, 'select 1')).toEqual(['1']);
  });

  it('a client that takes nothing is sent no more than a piece', async () => {
    const sent: number[] = [];
    const taken: (() => void)[] = [];
    const send = (frames: Uint8Array) => {
      sent.push(frames.length);
      return new Promise<void>((resolve) => taken.push(resolve));
    };
    const peer = bed().open({ send });
    const answer = peer.ask(q("select repeat('x', 1000) from generate_series(1, 500)"));
    for (let count = 1; count <= 5; count++) {
      await waitFor('a piece', () => taken.length > 0);
      expect(sent).toHaveLength(count);
      taken.shift()?.();
    }
    expect(Math.max(...sent)).toBeLessThanOrEqual(64 * 1024);
    // One that goes in the middle of it is waited for by nobody.
    peer.session.end();
    await answer;
  });
});

describe('the start of a session', () => {
  it('tells the settings that are reported', async () => {
    const peer = bed().open({
      startup: { user: 'u', database: 'd', application_name: 'a\u00e9', DateStyle: 'German' },
    });
    const settings = await peer.session.start();
    expect(settings.get('application_name')).toBe('a\\xc3\\xa9');
    expect(settings.get('DateStyle')).toBe('German, DMY');
    expect(settings.get('server_version')).toMatch(/^\d/);
    expect(settings.get('client_encoding')).toBe('UTF8');
    await ask(peer, "set datestyle = 'sql'");
    expect(await ask(peer, 'reset datestyle')).toContain('setting DateStyle=German, DMY');
    expect(await values(peer, 'show datestyle')).toEqual(['German, DMY']);
    expect(await ask(peer, "set datestyle = 'sql'; set datestyle to default; discard all")).toContain('ERROR 25001');
    await ask(peer, "set datestyle = 'sql'");
    expect(await ask(peer, 'discard all')).toContain('setting DateStyle=German, DMY');
    await ask(peer, "begin; set datestyle = 'sql'; set local datestyle to default");
    expect(await values(peer, 'show datestyle')).toEqual(['German, DMY']);
    await ask(peer, 'commit');
    expect(await values(peer, 'show datestyle')).toEqual(['SQL, DMY']);
  });

  it.each([
    ['nothing', 'x', '42704'],
    ['no such; name', 'x', '42704'],
    ['work_mem', 'much', '22023'],
    ['client_encoding', 'LATIN1', '0A000'],
    ['standard_conforming_strings', 'off', '0A000'],
    ['role', 'postgres', '42501'],
  ])('ends with what cannot be set: %s', async (name, value, sqlState) => {
    const peer = bed().open({ startup: { [name]: value } });
    await expect(peer.session.start()).rejects.toMatchObject({ sqlState, isFatal: true });
  });
});

describe('settings', () => {
  it.each([
    ['set standard_conforming_strings = off', '0A000'],
    ["set client_encoding = 'latin1'", '0A000'],
    ["set names 'sjis'", '0A000'],
    ["select set_config('standard_conforming_strings', 'off', false)", '0A000'],
  ])('what would make the engine read otherwise is refused: %s', async (text, sqlState) => {
    const peer = bed().open();
    expect(await ask(peer, text)).toEqual([expect.stringContaining(`ERROR ${sqlState}`), 'ready I']);
    expect(await values(peer, 'show standard_conforming_strings')).toEqual(['on']);
  });

  it('set by a function are set', async () => {
    const peer = bed().open();
    const other = bed().open();
    expect(await ask(peer, "select set_config('application_name', 'a', false)")).toEqual([
      'columns set_config:25:0',
      'row "a"',
      'done SELECT 1',
      'setting application_name=a',
      'ready I',
    ]);
    await ask(other, 'select 1');
    expect(await values(peer, 'show application_name')).toEqual(['a']);
    await ask(peer, "begin; select set_config('application_name', 'b', true)");
    await ask(other, 'select 1');
    expect(await values(peer, 'show application_name')).toEqual(['b']);
    await ask(peer, 'commit');
    expect(await values(peer, 'show application_name')).toEqual(['a']);
    const frames = [
      frontend.parse('', "select set_config('application_name', $1, false)"),
      frontend.describe('statement', ''),
      frontend.bind({ ...BIND, parameters: [Buffer.from('c')] }),
      frontend.execute(''),
      frontend.sync(),
    ];
    expect(told(await peer.ask(frames))).toEqual([
      '1',
      'parameters 25',
      'columns set_config:25:0',
      '2',
      'row "c"',
      'done SELECT 1',
      'setting application_name=c',
      'ready I',
    ]);
  });
});

describe('messages', () => {
  it('one that could not be understood fails what comes with it', async () => {
    const peer = bed().open();
    await ask(peer, 'begin');
    await peer.session.fail(new SqlError('08P01', 'invalid message format'));
    expect(told(await peer.ask([...extended('select 1'), frontend.sync()]))).toEqual(['ready E']);
    await ask(peer, 'rollback');
  });

  it('rows of a type that has no way in cannot be told in another format than they are held in', async () => {
    const peer = bed().open();
    await ask(peer, 'begin; declare c cursor for select row(1, 2); fetch 0 c');
    const binary = frontend.bind({ ...BIND, resultFormats: [1] });
    const answer = await peer.ask([frontend.parse('', 'fetch c'), binary, frontend.execute(''), frontend.sync()]);
    expect(errorIn(answer).get('C')).toBe('0A000');
    await ask(peer, 'rollback');
  });
});
