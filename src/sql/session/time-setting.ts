const MS: Readonly<Record<string, number>> = {
  us: 0.001,
  '': 1,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A setting that is a time, as Postgres tells it: `5s`, `1min`, `0`.
 * @returns milliseconds; 0 where it has not been set
 */
export function milliseconds(value: string | undefined): number {
  const [, number = '0', unit = ''] = /^(\d+)(\w*)$/.exec(value ?? '0') ?? [];
  const factor = MS[unit];
  if (factor === undefined) throw new RangeError(`no unit of time: ${value}`);
  return Number(number) * factor;
}
