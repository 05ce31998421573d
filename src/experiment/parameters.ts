/**
 * Parameters as data: what steers an experiment, with its values at every scale.
 *
 * The values are written as `20` (the same at every scale) or as `{ smoke: 8, quick: 20, "quick cifar10": 32, paper: 110 }`,
 * where a scale with a data set beats the scale alone. What has no value of its own at `standard` has that of `quick` there.
 */
import type { ZodType } from "zod";
import type { DatasetName } from "../data";

/** What a parameter may be once resolved: always plain JSON. */
export type ParameterValue = number | string | boolean | readonly number[] | readonly string[];

/** One value for every scale, or a value per scale and, where needed, per scale and data set. */
export type ValuesByScale<Value> = Value | PerScale<Value>;

type PerScale<Value> = Readonly<Record<Exclude<Scale, "standard">, Value>> &
  Readonly<Partial<Record<"standard" | `${Scale} ${DatasetName}`, Value>>>;

export interface ParameterDeclaration<Value> {
  /** For the help text: "count", "fraction", "one of a, b". */
  readonly kind: string;
  readonly description: string;
  readonly unit: string | null;
  /** Completes "must be ...": "a whole number, at least 1". */
  readonly expects: string;
  readonly values: ValuesByScale<Value>;
  /** From the text of the command line to the value. Zod is loaded at the first call: `--help` does without. */
  schema(): ZodType<Value, string>;
  /** The value as it is typed on the command line: `schema` reads it back. */
  show(value: Value): string;
}

export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration<ParameterValue>>> & {
  readonly seeds: ParameterDeclaration<readonly number[]>;
};

/** The resolved parameters, as an experiment's functions receive them. */
export type ParameterValues<Declared extends ParameterDeclarations> = {
  readonly [Name in keyof Declared]: Declared[Name] extends ParameterDeclaration<infer Value> ? Value : never;
};

export interface NumberOptions {
  readonly minimum?: number;
  readonly maximum?: number;
  /** "epochs", "points", "images". */
  readonly unit?: string;
}

/** A whole number, at least 1 unless `minimum` says otherwise. */
export function count(
  description: string,
  values: ValuesByScale<number>,
  { minimum = 1, maximum, unit }: NumberOptions = {},
): ParameterDeclaration<number> {
  return {
    ...described("count", description, unit),
    expects: `a whole number, ${border(minimum, maximum)}`,
    values,
    schema: () => decimal(minimum, maximum, true),
    show: String,
  };
}

/** A number between 0 and 1, both included. */
export function fraction(
  description: string,
  values: ValuesByScale<number>,
  { minimum = 0, maximum = 1, unit }: NumberOptions = {},
): ParameterDeclaration<number> {
  return { ...number(description, values, { minimum, maximum, ...(unit && { unit }) }), kind: "fraction" };
}

/** Any finite number. */
export function number(
  description: string,
  values: ValuesByScale<number>,
  { minimum, maximum, unit }: NumberOptions = {},
): ParameterDeclaration<number> {
  const limits = border(minimum, maximum);
  return {
    ...described("number", description, unit),
    expects: limits === "" ? "a number" : `a number, ${limits}`,
    values,
    schema: () => decimal(minimum, maximum, false),
    show: String,
  };
}

/** Whole numbers, written with commas: "20,32,44". */
export function counts(
  description: string,
  values: ValuesByScale<readonly number[]>,
  { minimum = 1, maximum, unit }: NumberOptions = {},
): ParameterDeclaration<readonly number[]> {
  return {
    ...described("counts", description, unit),
    expects: `whole numbers with commas between them, each ${border(minimum, maximum)}`,
    values,
    schema: () => list(decimal(minimum, maximum, true)),
    show: (params) => params.join(","),
  };
}

/** Numbers, written with commas: "0.5,0.8,1". */
export function numbers(
  description: string,
  values: ValuesByScale<readonly number[]>,
  { minimum, maximum, unit }: NumberOptions = {},
): ParameterDeclaration<readonly number[]> {
  const limits = border(minimum, maximum);
  return {
    ...described("numbers", description, unit),
    expects: `numbers with commas between them${limits === "" ? "" : `, each ${limits}`}`,
    values,
    schema: () => list(decimal(minimum, maximum, false)),
    show: (params) => params.join(","),
  };
}

/** One of a few words. */
export function choice<const Option extends string>(
  description: string,
  options: readonly Option[],
  values: ValuesByScale<NoInfer<Option>>,
): ParameterDeclaration<Option> {
  return {
    ...described("choice", description),
    expects: `one of ${options.join(", ")}`,
    values,
    schema: () => zod().string().trim().pipe(zod().enum(options)),
    show: String,
  };
}

/** Some of a few words, in the order given and each at most once, written with commas: "resnet,plain". */
export function choices<const Option extends string>(
  description: string,
  options: readonly Option[],
  values: ValuesByScale<readonly NoInfer<Option>[]>,
): ParameterDeclaration<readonly Option[]> {
  return {
    ...described("choices", description),
    expects: `one or more of ${options.join(", ")}, each once, with commas between them`,
    values,
    schema: () => list(zod().string().pipe(zod().enum(options))),
    show: (params) => params.join(","),
  };
}

/** Any text. */
export function text(description: string, values: ValuesByScale<string>): ParameterDeclaration<string> {
  return {
    ...described("text", description),
    expects: "a text",
    values,
    schema: () => zod().string(),
    show: String,
  };
}

/** Yes or no. */
export function flag(description: string, values: ValuesByScale<boolean>): ParameterDeclaration<boolean> {
  return {
    ...described("flag", description),
    expects: "true or false",
    values,
    schema: () =>
      zod()
        .string()
        .trim()
        .pipe(zod().enum(["true", "false"]))
        .transform((typed) => typed === "true"),
    show: String,
  };
}

/**
 * How many seeds every setting runs with. Each experiment declares it under the name `seeds`.
 *
 * The experiment receives the seed numbers themselves, `[1, 2, ..., n]`: what `cross({ seed: seeds, ... })` takes.
 */
export function seeds(values: ValuesByScale<number>): ParameterDeclaration<readonly number[]> {
  return {
    ...described("count", "independent repetitions of every setting: seeds 1, 2, ..."),
    expects: "a whole number, at least 1",
    values: mapValues(values, seedNumbers),
    schema: () => decimal(1, undefined, true).transform(seedNumbers),
    show: (params) => String(params.length),
  };
}

/** The value declared for a scale, on a data set where there is one. */
export function declaredValue<Value>(
  { values }: { readonly values: ValuesByScale<Value> },
  scale: Scale,
  data: DatasetName | null,
): Value {
  if (!isPerScale(values)) return values;
  const forData = data === null ? undefined : values[`${scale} ${data}`];
  const own = forData ?? values[scale];
  if (own !== undefined) return own;
  return declaredValue({ values }, "quick", data); // only `standard` may be left out
}

/** The same parameter with a value of its own at the scale `standard`, on every data set. */
export function atStandard<Value>(declaration: ParameterDeclaration<Value>, value: Value): ParameterDeclaration<Value> {
  const { values } = declaration;
  const perScale = isPerScale(values) ? values : { smoke: values, quick: values, paper: values };
  const own = { standard: value, "standard mnist": value, "standard cifar10": value };
  return { ...declaration, values: { ...perScale, ...own } };
}

/** Whether something is declared for the scale `standard` alone. */
export function isOwnAtStandard({ values }: Pick<ParameterDeclaration<ParameterValue>, "values">): boolean {
  return isPerScale(values) && Object.keys(values).some((scale) => scale.startsWith("standard"));
}

function seedNumbers(howMany: number): readonly number[] {
  return Array.from({ length: howMany }, (_, index) => index + 1);
}

function mapValues<From, To>(values: ValuesByScale<From>, change: (value: From) => To): ValuesByScale<To> {
  if (!isPerScale(values)) return change(values);
  return Object.fromEntries(
    Object.entries<From>(values).map(([scale, value]) => [scale, change(value)]),
  ) as unknown as PerScale<To>;
}

function isPerScale<Value>(values: ValuesByScale<Value>): values is PerScale<Value> {
  return typeof values === "object" && values !== null && ["smoke", "quick", "paper"].every((scale) => scale in values);
}

function described(kind: string, description: string, unit: string | null = null) {
  return { kind, description, unit };
}

function border(minimum?: number, maximum?: number): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return maximum === undefined ? "" : `at most ${maximum}`;
}

/** Decimal notation only: `Number` alone would read "" as 0 and "0x10" as 16. */
const decimalNotation = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function decimal(minimum: number | undefined, maximum: number | undefined, whole: boolean): ZodType<number, string> {
  let value = zod().number();
  if (whole) value = value.int();
  if (minimum !== undefined) value = value.min(minimum);
  if (maximum !== undefined) value = value.max(maximum);
  return zod().string().trim().regex(decimalNotation).transform(Number).pipe(value);
}

/** A list with commas: at least one element, none twice. */
function list<Element>(element: ZodType<Element, string>): ZodType<readonly Element[], string> {
  return zod()
    .string()
    .transform((typed) => typed.split(",").map((part) => part.trim()))
    .pipe(zod().array(element).min(1))
    .refine((elements) => new Set(elements).size === elements.length);
}

function zod(): typeof import("zod").z {
  return (require("zod") as typeof import("zod")).z;
}

/**
 * How large a run is. `smoke`: seconds, for tests; `quick`: minutes, real data; `standard`: a night or two on two cores for all that
 * depends on training, on photographs; `paper`: the source's own protocol.
 */
export const scales = ["smoke", "quick", "standard", "paper"] as const;
export type Scale = (typeof scales)[number];

/** The scale of a run that names none. */
export const defaultScale: Scale = "quick";

/**
 * The data set of a run that names none: the first that its experiment offers, and CIFAR-10 where it is offered and the scale is that of
 * trained networks. Null where it makes its own data.
 *
 * @param offered all data sets where it is left out
 */
export function dataAtScale(scale: Scale, offered: readonly DatasetName[] = ["mnist", "cifar10"]): DatasetName | null {
  const trains = scale === "standard" || scale === "paper";
  return trains && offered.includes("cifar10") ? "cifar10" : (offered[0] ?? null);
}
