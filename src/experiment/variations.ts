import { commandText, UsageError } from "../base";
import type { DatasetName } from "../data";
import type { Experiment } from "./experiment";
import { declaredValue, type ParameterDeclaration, type ParameterValue, type Scale } from "./parameters";
import { nearestParameter } from "./resolve-parameters";

/** The values of the parameters that a run varies, as they are typed: { steps: ["100", "400"] }. */
export type Variations = Readonly<Record<string, readonly string[]>>;

/** One point of the grid, as it is typed: { steps: "100" }. */
export type GridPoint = Readonly<Record<string, string>>;

/** What asks for the grid that the experiment itself names: `--vary default`, or `--vary` alone. */
export const defaultGrid = "default";

/**
 * The grid that an experiment names for a scale, on a data set where there is one; null where it names none.
 *
 * @throws RangeError for a parameter that it does not declare
 */
export function defaultVariations(
  { name, parameters, variations }: Experiment,
  scale: Scale,
  data: DatasetName | null,
): Variations | null {
  if (variations === undefined) return null;
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = parameters;
  const grid: Readonly<Record<string, readonly ParameterValue[] | undefined>> = declaredValue(
    { values: variations },
    scale,
    data,
  );
  const shown = Object.entries(grid).map(([parameter, values = []]): [string, string[]] => {
    const declaration = Object.hasOwn(declared, parameter) ? declared[parameter] : undefined;
    if (declaration === undefined)
      throw new RangeError(`${name} varies "${parameter}": ${nearestParameter(parameter, Object.keys(declared))}`);
    return [parameter, values.map((value) => declaration.show(value))];
  });
  return Object.fromEntries(shown);
}

/**
 * Reads "steps=100,400", or "default". The values of a parameter that is a list of its own are told apart by semicolons:
 * "depths=8,14;20,32".
 *
 * @param assignments what was typed, one for each `--vary`
 * @param at scale and data set of the run, by which a default grid is chosen
 * @throws UsageError naming what is wrong
 */
export function readVariations(
  assignments: readonly string[],
  definition: Experiment,
  at: { readonly scale: Scale; readonly data: DatasetName | null },
): Variations {
  if (assignments.includes(defaultGrid)) {
    const grid = defaultVariations(definition, at.scale, at.data);
    const example = "For example: --vary steps=100,400";
    if (grid === null) throw new UsageError(`--vary: ${definition.name} names no grid of its own`, example);
    if (assignments.length > 1)
      throw new UsageError(
        "--vary without values stands alone: it takes the grid that the experiment names",
        `Or name all of it: ${commandText(varyWords(grid, definition))}`,
      );
    return grid;
  }
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = definition.parameters;
  const read = assignments.map((assignment): [string, string[]] => {
    const equals = assignment.indexOf("=");
    const name = assignment.slice(0, Math.max(0, equals)).trim();
    const example = "For example: --vary steps=100,400";
    if (name === "") throw new UsageError(`--vary ${assignment}: need a parameter and its values`, example);
    if (!Object.hasOwn(declared, name))
      throw new UsageError(`--vary ${assignment}: ${nearestParameter(name, Object.keys(declared))}`);
    const text = assignment.slice(equals + 1);
    const values = text.split(isList(declared[name]!) || text.includes(";") ? ";" : ",").map((value) => value.trim());
    if (values.includes("")) throw new UsageError(`--vary ${assignment}: a value is empty`, example);
    if (new Set(values).size < values.length) throw new UsageError(`--vary ${assignment}: a value comes twice`);
    return [name, values];
  });
  const twice = read.find(([name], index) => read.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) throw new UsageError(`--vary ${twice[0]}: varied twice`, "Give all of its values at once.");
  return Object.fromEntries(read);
}

/** All points of the grid, the first parameter varying slowest. */
export function gridPoints(variations: Variations): GridPoint[] {
  return cross(variations);
}

/** @example pointText({ steps: "100", width: "8" }) // "steps = 100, width = 8" */
export function pointText(point: GridPoint): string {
  return Object.entries(point)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

/** The words of a command that varies parameters so: ["--vary", "steps=100,400"]. */
export function varyWords(variations: Variations, { parameters }: Experiment): string[] {
  const declared: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = parameters;
  return Object.entries(variations).flatMap(([name, values]) => {
    const separator = isList(declared[name]!) || values.some((value) => value.includes(",")) ? ";" : ",";
    return ["--vary", `${name}=${values.join(separator)}`];
  });
}

function isList({ kind }: ParameterDeclaration<ParameterValue>): boolean {
  return ["counts", "numbers", "choices"].includes(kind);
}

/** One choice out of each list. */
export type Crossed<Lists extends Readonly<Record<string, readonly unknown[]>>> = {
  -readonly [Name in keyof Lists]: Lists[Name][number];
};

/**
 * Every combination of the lists' values, the first list varying slowest.
 *
 * Name `seed` first, so that all cells of the first seed run before those of the second and an interim verdict comes
 * early.
 *
 * @example cross({ seed: [1, 2], network: ["resnet", "plain"] }) // 4 cells: both networks of seed 1, then of seed 2
 */
export function cross<const Lists extends Readonly<Record<string, readonly unknown[]>>>(
  lists: Lists,
): Crossed<Lists>[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(lists)) {
    combinations = combinations.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return combinations as Crossed<Lists>[];
}
