import { canonicalJson } from "./canonical-json";
import { type CellIdentity, cellId, differences, relevantParameters } from "./cell-identity";
import type { Setting } from "./experiment";
import type { RecordedCell, RecordedRun } from "./recorded-run";
import type { RunPlan } from "./run-plan";
import { storedParameters } from "./stored-parameters";

/** A cell of a run that today's code would measure again. */
export interface StaleCell {
  readonly id: string;
  readonly setting: Setting;
  /** Parts of its identity that changed, parameters first: "parameter steps", "data", "code". */
  readonly changed: readonly string[];
}

/** What today's code makes of a run's cells. */
export interface CellValidity {
  readonly stale: readonly StaleCell[];
  /** Settings that the experiment asks for now, and that the run has not. */
  readonly missing: readonly Setting[];
  /** Cells of the run that the experiment asks for no more. */
  readonly dropped: readonly Setting[];
}

/**
 * Compares the cells of a run with those that its command gives today, by their identities.
 *
 * @param today the run's command as it is planned now, with its store
 */
export function cellValidity(run: RecordedRun, today: RunPlan): CellValidity {
  const now = new Map(today.cells.map((planned) => [canonicalJson(planned.cell), planned]));
  const recorded = new Map(run.cells.map((cell) => [canonicalJson(cell.setting), cell]));
  const read = storedParameters(run.parameters, today.definition);
  const parameters = "values" in read ? read.values : null;
  const stale = [...recorded].flatMap(([key, cell]): StaleCell[] => {
    const planned = now.get(key);
    if (planned === undefined || planned.id === cell.id) return [];
    const older = storedIdentity(cell, today) ?? rebuiltIdentity(cell, planned.identity, { run, today, parameters });
    const changed = older === null ? unknownChange(run, planned.identity) : differences(older, planned.identity);
    return [{ id: cell.id, setting: cell.setting, changed }];
  });
  return {
    stale,
    missing: [...now].filter(([key]) => !recorded.has(key)).map(([, { cell }]) => cell),
    dropped: [...recorded].filter(([key]) => !now.has(key)).map(([, { setting }]) => setting),
  };
}

/** Of a cell whose identity cannot be made out: it had other parts, or the same ones of other parameters. */
function unknownChange({ code }: RecordedRun, now: CellIdentity): string[] {
  return [...(code.cells === now.code ? [] : ["code"]), "what counts for a cell"];
}

/** Null where the store has no such cell, or none that can be trusted. */
function storedIdentity({ id }: RecordedCell, { store }: RunPlan): CellIdentity | null {
  const found = store.read(id);
  return found === null || "problem" in found ? null : found.identity;
}

interface Recorded {
  readonly run: RecordedRun;
  readonly today: RunPlan;
  /** As today's declarations read them; null where they cannot. */
  readonly parameters: RunPlan["parameters"]["values"] | null;
}

/** The identity that a cell must have had; null where its name tells that it was another one. */
function rebuiltIdentity(
  { id, setting }: RecordedCell,
  { network: networkNow, ...now }: CellIdentity,
  { run, today, parameters }: Recorded,
): CellIdentity | null {
  if (parameters === null) return null;
  const network = run.network && { architecture: run.network.architecture, weights: run.network.weights };
  const identity: CellIdentity = {
    ...now,
    parameters: relevantParameters(today.definition, setting, parameters),
    data: run.data && { name: run.data.name, checksum: run.data.checksum },
    code: run.code.cells,
    ...(networkNow === undefined || network === undefined ? {} : { network }),
  };
  return cellId(identity) === id ? identity : null;
}
