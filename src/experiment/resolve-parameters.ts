import { commandText, nearestName, UsageError } from "../base";
import type { DatasetName } from "../data";
import type { Experiment } from "./experiment";
import {
  declaredValue,
  type ParameterDeclaration,
  type ParameterDeclarations,
  type ParameterValue,
  type ParameterValues,
  type Scale,
} from "./parameters";

export interface ParameterChoice {
  readonly scale: Scale;
  /** Null for an experiment that reads no data set. */
  readonly data: DatasetName | null;
  /** What was set by hand: name and typed text. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** A resolved parameter as a report shows it; values are the texts that the command line takes. */
export interface ParameterRow {
  readonly name: string;
  readonly value: string;
  /** The value at the run's scale and data set. */
  readonly default: string;
  /** The value at the scale `paper`. */
  readonly paper: string;
  readonly unit: string | null;
  readonly description: string;
  /** Whether it was set by hand to something else than its default. */
  readonly overridden: boolean;
}

export interface ResolvedParameters<Declared extends ParameterDeclarations> {
  readonly values: ParameterValues<Declared>;
  readonly table: readonly ParameterRow[];
  /** What was set by hand to something else than its default, as text: part of the run's name. */
  readonly overrides: Readonly<Record<string, string>>;
}

/**
 * The values of all parameters: those of the scale and data set, with what was set by hand in their place.
 *
 * @throws UsageError naming every unknown parameter and every bad value at once
 */
export function resolveParameters<Declared extends ParameterDeclarations>(
  declared: Declared,
  { scale, data, overrides }: ParameterChoice,
): ResolvedParameters<Declared> {
  const known: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = declared;
  const problems = Object.keys(overrides)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => unknownParameter(name, Object.keys(known)));
  const values: Record<string, ParameterValue> = {};
  const table: ParameterRow[] = [];

  for (const [name, declaration] of Object.entries(known)) {
    const byDefault = declaredValue(declaration, scale, data);
    assertDefault(name, declaration, byDefault);
    const typed = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
    const read =
      typed === undefined ? { success: true as const, data: byDefault } : declaration.schema().safeParse(typed);
    if (!read.success) {
      problems.push(badValue(name, declaration, typed ?? "", byDefault));
      continue;
    }
    values[name] = read.data;
    const row = {
      name,
      value: declaration.show(read.data),
      default: declaration.show(byDefault),
      paper: declaration.show(declaredValue(declaration, "paper", data)),
      unit: declaration.unit,
      description: declaration.description,
    };
    table.push({ ...row, overridden: row.value !== row.default });
  }
  if (problems.length > 0) throw new UsageError(problems);
  const changed = table.filter((row) => row.overridden).map((row) => [row.name, row.value]);
  return { values: values as ParameterValues<Declared>, table, overrides: Object.fromEntries(changed) };
}

function unknownParameter(name: string, known: readonly string[]): string {
  return `--set ${name}=...: ${nearestParameter(name, known)}`;
}

/** Says that there is no such parameter, and which one may have been meant. */
export function nearestParameter(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const advice = meant === null ? `It has: ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return `the experiment has no parameter "${name}". ${advice}`;
}

function badValue<Value>(
  name: string,
  declaration: ParameterDeclaration<Value>,
  typed: string,
  example: Value,
): string {
  const unit = declaration.unit === null ? "" : ` (${declaration.unit})`;
  const option = (text: string) => commandText(name === "seeds" ? ["--seeds", text] : ["--set", `${name}=${text}`]);
  return `${option(typed)}: ${name} must be ${declaration.expects}${unit}, got "${typed}". For example: ${option(declaration.show(example))}`;
}

/** A declared value that its own rule refuses is the experiment's mistake: found at once, not when somebody types it. */
function assertDefault<Value>(name: string, declaration: ParameterDeclaration<Value>, value: Value): void {
  if (declaration.schema().safeParse(declaration.show(value)).success) return;
  throw new RangeError(
    `parameter "${name}" is declared with ${declaration.show(value)}, but it must be ${declaration.expects}`,
  );
}

/**
 * Resolved parameters with some of them fixed by something else than a person or the scale: they show in the table, and do not
 * count as set by hand. A value may be one that cannot be typed, such as an empty list.
 *
 * @throws Error for a parameter that is not declared: the experiment's mistake
 */
export function fixParameters<Declared extends ParameterDeclarations>(
  declared: Declared,
  { values, table, overrides }: ResolvedParameters<Declared>,
  fixed: Readonly<Record<string, ParameterValue>>,
): ResolvedParameters<Declared> {
  const known: Readonly<Record<string, ParameterDeclaration<ParameterValue>>> = declared;
  const stray = Object.keys(fixed).find((name) => !Object.hasOwn(known, name));
  if (stray !== undefined) throw new Error(`the experiment fixes a parameter "${stray}" that it does not declare`);
  return {
    values: { ...values, ...fixed } as ParameterValues<Declared>,
    table: table.map((row) => {
      const value = fixed[row.name];
      if (value === undefined) return row;
      const shown = known[row.name]!.show(value);
      return { ...row, value: shown, overridden: shown !== row.default };
    }),
    overrides,
  };
}

/** Parameters that make no sense of images of one's own, on which nothing is trained, and the values they then have. */
export const fixedByImages = { meanPool: 1, validation: 0 };

/**
 * The parameters of a stored run as its experiment declares them today.
 *
 * A value that no person can type, such as an empty list, is understood where the experiment fixes it for networks of
 * one's own.
 *
 * @param stored values as they are typed
 * @param point of a grid, whose values take the place of the stored ones
 * @returns the values, or the name of the first parameter that is not there or of another kind now
 */
export function storedParameters(
  stored: readonly { readonly name: string; readonly value: string }[],
  { parameters, customNetwork }: Experiment,
  point: Readonly<Record<string, string>> = {},
): { readonly values: ParameterValues<Experiment["parameters"]> } | { readonly refused: string } {
  const texts = new Map([...stored.map(({ name, value }) => [name, value] as const), ...Object.entries(point)]);
  const fixed: Readonly<Record<string, ParameterValue | undefined>> = {
    ...customNetwork?.fixed,
    ...(customNetwork?.given === undefined ? {} : fixedByImages),
    ...customNetwork?.given,
  };
  const values: Record<string, ParameterValue> = {};
  for (const [name, declaration] of Object.entries(parameters)) {
    const text = texts.get(name);
    const read = declaration.schema().safeParse(text);
    const byFixing = fixed[name];
    if (read.success) values[name] = read.data;
    else if (byFixing !== undefined && declaration.show(byFixing) === text) values[name] = byFixing;
    else return { refused: name };
  }
  return { values: values as ParameterValues<Experiment["parameters"]> };
}
