import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../model/errors.ts';
import { type ConfigFile, parseConfigFile } from './file.ts';
import { NO_TABLE } from './table-mapping.ts';

const FILE = '/etc/plumbline/config.toml';

describe('parseConfigFile()', () => {
  it('reads every key', () => {
    const text = `
      # the fleet
      homes = ["/srv/agents/*", "db = /var/lib/db"]
      commands = ["claude", "codex"]
      terminal = "optional"
      source = "procfs"
      [host]
      id = " red "
      [registry]
      url = "postgres:///fleet"
      max_dead_per_pass = 5
      table = "public.agents"
      key = "name"
      columns = { pid = "pid", observed_at = "seen" }
      alive = ["running", "idle"]
      dead = ["dead"]
      this_host = true
      insert = false
      touch_seconds = 30
      history_days = 30
    `;
    expect(parse(text)).toEqual({
      homes: [
        expect.objectContaining({ kind: 'pattern', pattern: '/srv/agents/*', origin: `homes[0], line 3 of ${FILE}` }),
        { kind: 'path', name: 'db', path: '/var/lib/db', origin: `homes[1], line 3 of ${FILE}` },
      ],
      commands: ['claude', 'codex'],
      terminal: 'optional',
      source: 'procfs',
      hostId: 'red',
      registryUrl: 'postgres:///fleet',
      maxDeadPerPass: 5,
      table: {
        table: 'public.agents',
        key: 'name',
        columns: { pid: 'pid', observed_at: 'seen' },
        alive: ['running', 'idle'],
        dead: ['dead'],
        thisHost: true,
        insert: false,
        touchSeconds: 30,
      },
      historyDays: 30,
    });
  });

  it('reads homes as a table, each with the line of its own', () => {
    expect(parse('[homes]\nada = "/srv/ada"\n"b c" = "/srv/b"\n').homes).toEqual([
      { kind: 'path', name: 'ada', path: '/srv/ada', origin: `homes.ada, line 2 of ${FILE}` },
      { kind: 'path', name: 'b c', path: '/srv/b', origin: `homes."b c", line 3 of ${FILE}` },
    ]);
  });

  it.each([
    ['', {}],
    ['# nothing\n', {}],
    ['\uFEFFterminal = "required"', { terminal: 'required' }],
    ['host.id = "x"', { hostId: 'x' }],
    ['host = { id = "x" }', { hostId: 'x' }],
    ['[host]', {}],
  ])('reads %j, and leaves the rest open', (text, said) => {
    expect(parse(text)).toEqual({
      homes: null,
      commands: null,
      terminal: null,
      source: null,
      hostId: null,
      registryUrl: null,
      maxDeadPerPass: null,
      table: NO_TABLE,
      historyDays: null,
      ...said,
    });
  });

  it.each([
    // text, place, message, hint
    ['\nhome = []', 'home, line 2', 'no such key', 'did you mean homes?'],
    ['colour = 1', 'colour, line 1', 'no such key', 'known here: homes, commands, terminal, source, host, registry'],
    ['[host]\nname = "x"', 'host.name, line 2', 'no such key', 'known here: id'],
    ['[host]\n\n[host.id]', 'host.id, line 3', 'expected a string in quotes, found a table', ''],
    ['[registry]\nurls = "x"', 'registry.urls, line 2', 'no such key', 'did you mean url?'],
    ['[registry]\nurl = " "', 'registry.url, line 2', 'it is empty', 'embedded'],
    ['[registry]\nmax_dead_per_pass = -1', 'registry.max_dead_per_pass, line 2', 'expected a number of at least 0', ''],
    ['[registry]\nmax_dead_per_pass = 1.5', 'registry.max_dead_per_pass, line 2', 'expected a whole number', ''],
    ['[registry]\nhistory_days = 0', 'registry.history_days, line 2', 'expected a number of at least 1', ''],
    ['__proto__ = 1', 'line 1', 'cannot be called __proto__', ''],
    ['[__proto__]\nhomes = ["/srv/*"]', 'line 1', 'cannot be called __proto__', ''],
    ['constructor = 1', 'constructor, line 1', 'no such key', ''],
    ['homes = "/srv/*"', 'homes, line 1', 'expected an array of strings, or a table', ''],
    ['homes = [\n  "/srv/*",\n  3,\n]', 'homes[1], line 3', 'expected a string in quotes, found the number 3', ''],
    ['[homes]\nada.x = "/srv"', 'homes.ada, line 2', 'expected a string in quotes, found a table', ''],
    ['[homes]\n"__proto__" = "/srv"', 'line 2', 'cannot be called __proto__', ''],
    ['commands = "claude"', 'commands, line 1', 'expected an array, found "claude"', ''],
    ['commands = ["a", true]', 'commands[1], line 1', 'found the boolean true', ''],
    ['source = "ebpf"', 'source, line 1', 'expected "auto" or "procfs" or "bpf", found "ebpf"', ''],
    ['terminal = "none"', 'terminal, line 1', 'expected "required" or "optional", found "none"', ''],
    ['terminal = 2020-01-01', 'terminal, line 1', 'found a date', ''],
    ['host = "x"', 'host, line 1', 'expected a table, found "x"', ''],
    ['[[host]]\nid = "x"', 'host, line 1', 'expected a table, found an array', ''],
    ['[host]\nid = ""', 'host.id, line 2', 'it is empty', 'leave the key out'],
    ['homes = []', 'homes, line 1', 'it names no home', 'leave the key out'],
    ['commands = []', 'commands, line 1', 'it names no program', 'leave the key out'],
    ['homes = [\n"/srv/*",\n"/srv"]', 'homes[1], line 3', 'has no *', 'NAME = /srv'],
    ['homes = ["x/*"]', 'homes[0], line 1', 'is relative', 'beginning with /'],
    ['homes = ["~/x/*"]', 'homes[0], line 1', '~ is not expanded', ''],
    ['[homes]\n"a/b" = "/srv"', 'homes."a/b", line 2', 'a name cannot hold a /', ''],
    ['commands = ["/usr/bin/claude"]', 'commands[0], line 1', 'is a path', 'write its name alone: claude'],
    ['commands = ["claude*"]', 'commands[0], line 1', 'is a pattern', '* alone'],
    ['commands = [" "]', 'commands[0], line 1', 'the name is empty', ''],
    ['homes = ["/srv/*"', 'line 1', 'this is not TOML', 'quotes'],
    ['\n\nhomes = /srv/*', 'line 3', 'this is not TOML', 'quotes'],
    ['homes = ["/a/*"]\nhomes = ["/b/*"]', 'line 2', 'multiple times', ''],
  ])('refuses %j', (text, place, message, hint) => {
    const error = failure(() => parse(text));
    expect(error.code).toBe('config');
    expect(error.message).toContain(place);
    expect(error.message).toContain(` of ${FILE}: `);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('tells the first of several mistakes', () => {
    expect(failure(() => parse('terminal = "x"\nhome = 1\ncommand = 2\n')).message).toContain('terminal, line 1');
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from('homes = ["/srv/\xff/*"]', 'latin1');
    expect(failure(() => parseConfigFile(bytes, FILE)).message).toBe(`${FILE} is not UTF-8`);
  });
});

function parse(text: string): ConfigFile {
  return parseConfigFile(Buffer.from(text), FILE);
}

function failure(run: () => unknown): PlumblineError {
  try {
    run();
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
