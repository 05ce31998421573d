import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomically } from "../base";
import { defaultRate, type Pace } from "./estimate";

/** How fast cells were measured on this machine, for estimates of time. Nothing else depends on it. */
export interface Calibration {
  /** Work a second of one worker. */
  rate(experiment: string): number;
  /** Whether that rests on cells measured here; else it is a guess. */
  knows(experiment: string): boolean;
  /** Adds a finished cell. Cells that only loaded their models say nothing about training: leave them out. */
  add(experiment: string, pace: Pace): void;
  save(): void;
}

const paces = z.record(z.string(), z.object({ work: z.number().positive(), seconds: z.number().positive() }));

/** Weight of the older measurements whenever a new one comes: the last ten cells or so decide. */
const memory = 0.9;

/**
 * @param file results/store/calibration.json; a missing or damaged one counts as empty
 * @param circumstances what the speed depends on besides the experiment: scale, backend, processor, threads
 */
export function calibration(file: string, circumstances: string): Calibration {
  const known = read(file);
  const added: Record<string, Pace> = {};
  const key = (experiment: string) => `${experiment}, ${circumstances}`;
  return {
    rate(experiment) {
      const pace = known[key(experiment)];
      return pace === undefined ? defaultRate : pace.work / pace.seconds;
    },
    knows: (experiment) => known[key(experiment)] !== undefined,
    add(experiment, { work, seconds }) {
      if (!(work > 0 && seconds > 0)) return;
      const before = known[key(experiment)] ?? { work: 0, seconds: 0 };
      const after = { work: memory * before.work + work, seconds: memory * before.seconds + seconds };
      known[key(experiment)] = after;
      added[key(experiment)] = after;
    },
    // Over what the file says now: another experiment may have been measured since it was read.
    save: () => writeFileAtomically(file, `${JSON.stringify({ ...read(file), ...added }, null, 1)}\n`),
  };
}

function read(file: string): Record<string, Pace> {
  if (!existsSync(file)) return {};
  try {
    return paces.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {}; // only a help for estimates: measured anew
  }
}
