import { describe, expect, it } from 'vitest';
import { type Happened, notificationOf } from './notification.ts';
import { storedText } from './stored-text.ts';

const HAPPENED: Happened = { status: 'alive', pid: 120, events: ['died', 'started'] };

describe('notificationOf()', () => {
  it('says whose row it is, what it says, and what happened', () => {
    expect(notificationOf('red', 'ada', HAPPENED)).toBe(
      '{"host_id":"red","name":"ada","status":"alive","pid":120,"events":["died","started"]}',
    );
  });

  it.each(['\xff', '\x01', '\\'])('has room for the longest name of a directory, all %j', (byte) => {
    const base64 = Buffer.from(byte.repeat(255), 'latin1').toString('base64');
    const name = storedText({ text: '', base64 });
    const told = notificationOf('3'.repeat(64), name, HAPPENED);
    expect(Buffer.byteLength(told)).toBeLessThan(4000);
    expect(JSON.parse(told)).toMatchObject({ name });
  });

  it.each([
    ['red', '漢'.repeat(1400)],
    ['漢'.repeat(1400), 'ada'],
  ])('cuts nothing that is longer: it names nobody', (hostId, name) => {
    const told = notificationOf(hostId, name, HAPPENED);
    expect(JSON.parse(told)).toEqual({
      host_id: null,
      name: null,
      status: 'alive',
      pid: 120,
      events: ['died', 'started'],
    });
  });
});
