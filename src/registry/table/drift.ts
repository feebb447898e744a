import type { TableMapping } from '../../model/table-mapping.ts';
import type { DriftLine } from '../drift.ts';
import { plainTerminal } from './compare.ts';
import type { Compared, TablePlan } from './plan.ts';

/** How somebody else's rows differ from the kernel: one line a value, one for a row where no single value is wrong. */
export function driftOfTable({ compared }: TablePlan, mapping: TableMapping): DriftLine[] {
  return compared.flatMap((it) => driftOf(it, mapping));
}

function driftOf({ name, kind, verdict, reason, evidence, claim, values, columns }: Compared, mapping: TableMapping) {
  if (kind === null) return [];
  const common = { name, kind, verdict, reason, evidence };
  const differing = claim === null ? [] : columns;
  if (differing.length === 0) {
    const kernel = claim === null ? (values?.pid ?? null) : null;
    const line: DriftLine = { ...common, column: null, registry: claim?.values.pid ?? null, kernel };
    return [line];
  }
  return differing.map((column): DriftLine => {
    const plain = (text: string | null) => (column === 'terminal' ? plainTerminal(text) : text);
    const [registry, kernel] = [plain(claim?.values[column] ?? null), plain(values?.[column] ?? null)];
    return { ...common, column: mapping.columns[column] ?? column, registry, kernel };
  });
}
