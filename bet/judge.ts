import type { SystemName } from './model.ts';
import { SystemJudge } from './system-judge.ts';
import type { OpenJudge } from './world/contract.ts';

/** Judges all systems of a run, each by itself. */
export const openJudge: OpenJudge = ({ systems, sessions, truth, happened, startedAt }) => {
  const judges = new Map(systems.map((system) => [system, new SystemJudge(system, { sessions, startedAt, truth })]));
  const judgeOf = (system: SystemName) => {
    const judge = judges.get(system);
    if (!judge) throw new Error(`${system} takes no part in this run`);
    return judge;
  };
  return {
    decide: (tick) => judgeOf(tick.system).decide(tick),
    judge: (tick) => judgeOf(tick.system).weigh(tick),
    results(costs) {
      return [...judges].map(([system, judge]) => {
        const cost = costs.get(system);
        if (!cost) throw new Error(`nobody knows what ${system} has cost`);
        return judge.result(happened, cost);
      });
    },
  };
};
