import { type Condition, TEXT_KEYS } from '../identity/where.ts';
import { PlumblineError } from '../model/errors.ts';
import { parseDuration } from './duration.ts';

const IDLE_LIMITS = { leastMs: 0, mostMs: 31_536_000_000, words: '0s up to 365d' };

/**
 * Reads what a session has to be like: `command=claude`, `name=ada*`, `idle>5m`.
 * @throws {PlumblineError} `usage` for a key that there is not, and one that is compared otherwise
 */
export function parseCondition(text: string): Condition {
  const [, key = '', operator = '', value = ''] = /^([^=<>!]*)([=<>!]*)(.*)$/s.exec(text) ?? [];
  if (key === 'idle') {
    if (operator !== '>' || value === '') throw wrong(text, "idle is compared with >, in quotes: --where 'idle>5m'");
    return { key, moreThanSeconds: parseDuration(value, `--where ${key}`, IDLE_LIMITS) / 1000 };
  }
  const known = TEXT_KEYS.find((it) => it === key);
  if (known === undefined) {
    throw wrong(text, `what there is: ${TEXT_KEYS.map((it) => `${it}=`).join(', ')} and 'idle>'`);
  }
  if (operator !== '=' || value === '')
    throw wrong(text, `${key} is compared with =, and * stands for anything: ${key}=a*`);
  return { key: known, pattern: value };
}

function wrong(text: string, hint: string): PlumblineError {
  return new PlumblineError('usage', `--where ${text} is no condition`, { hint });
}
