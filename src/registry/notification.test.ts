import { describe, expect, it } from 'vitest';
import { notificationOf } from './notification.ts';
import type { Change } from './plan.ts';
import type { RegistryRow } from './row.ts';
import { storedText } from './stored-text.ts';

function changeOf(name: string): Change {
  const row: RegistryRow = {
    name,
    home: null,
    bootId: 'b',
    pid: 120,
    startTimeTicks: 7n,
    exe: null,
    homeId: null,
    terminal: null,
    pane: null,
    status: 'alive',
    cwd: null,
    command: null,
    startedAt: null,
    observedAt: new Date(0),
    endedAt: null,
    evidence: [],
  };
  const events = [
    { kind: 'died', of: row },
    { kind: 'started', of: row },
  ] as const;
  return { name, before: null, after: row, fields: [], events, isDeath: false };
}

describe('notificationOf()', () => {
  it('says whose row it is, what it says, and what happened', () => {
    expect(notificationOf('red', changeOf('ada'))).toBe(
      '{"host_id":"red","name":"ada","status":"alive","pid":120,"events":["died","started"]}',
    );
  });

  it.each(['\xff', '\x01', '\\'])('has room for the longest name of a directory, all %j', (byte) => {
    const base64 = Buffer.from(byte.repeat(255), 'latin1').toString('base64');
    const name = storedText({ text: '', base64 });
    const told = notificationOf('3'.repeat(64), changeOf(name));
    expect(Buffer.byteLength(told)).toBeLessThan(4000);
    expect(JSON.parse(told)).toMatchObject({ name });
  });

  it.each([
    ['red', '漢'.repeat(1400)],
    ['漢'.repeat(1400), 'ada'],
  ])('cuts nothing that is longer: it names nobody', (hostId, name) => {
    const told = notificationOf(hostId, changeOf(name));
    expect(JSON.parse(told)).toEqual({
      host_id: null,
      name: null,
      status: 'alive',
      pid: 120,
      events: ['died', 'started'],
    });
  });
});
