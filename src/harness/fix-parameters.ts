import type { ParameterDeclaration, ParameterDeclarations, ParameterValue, ParameterValues } from "./parameters";
import type { ResolvedParameters } from "./resolve-parameters";

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
