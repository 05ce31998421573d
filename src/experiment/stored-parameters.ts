import type { AnyExperiment } from "./experiment";
import type { ParameterValue, ParameterValues } from "./parameters";

/**
 * The parameters of a stored run as its experiment declares them today.
 *
 * A value that no person can type, such as an empty list, is understood where the experiment fixes it for networks of
 * one's own.
 *
 * @param stored values as they are typed
 * @returns the values, or the name of the first parameter that is not there or of another kind now
 */
export function storedParameters(
  stored: readonly { readonly name: string; readonly value: string }[],
  { parameters, customNetwork }: AnyExperiment,
): { readonly values: ParameterValues<AnyExperiment["parameters"]> } | { readonly refused: string } {
  const texts = new Map(stored.map(({ name, value }) => [name, value]));
  const fixed: Readonly<Record<string, ParameterValue | undefined>> = {
    ...customNetwork?.fixed,
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
  return { values: values as ParameterValues<AnyExperiment["parameters"]> };
}
