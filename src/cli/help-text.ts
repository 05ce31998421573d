import type { DatasetName } from "../data";
import {
  type AnyExperiment,
  declaredValue,
  type ParameterDeclaration,
  type ParameterValue,
  scales,
} from "../experiment";

/** What stands before the list of options: three examples, then what the experiment is. */
export function helpBefore(definition: AnyExperiment, program: string): string {
  const [parameter, declaration] = exampleParameter(definition);
  const examples: [string, string][] = [
    [program, "minutes on a laptop: the scale `quick`"],
    [`${program} --scale smoke`, "seconds: does everything work?"],
    parameter === undefined || declaration === undefined
      ? [`${program} --seeds 10`, "more seeds, narrower intervals"]
      : [
          `${program} --set ${parameter}=${declaration.show(declaredValue(declaration, "paper", null))} --seeds 10`,
          "other parameters, more seeds",
        ],
  ];
  const width = Math.max(...examples.map(([command]) => command.length));
  return [
    "Examples:",
    ...examples.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`),
    "",
    definition.title,
    definition.question,
    `Source: ${definition.source}`,
    ...definition.claims.map(({ id, statement }) => `Claim ${id}: ${statement}`),
    "",
  ].join("\n");
}

/** What stands after the list of options: every parameter with its values at each scale, and the exit statuses. */
export function helpAfter(definition: AnyExperiment, data: DatasetName | null): string {
  const header = ["name", "type", "unit", ...scales, ""];
  const rows = Object.entries<ParameterDeclaration<ParameterValue>>(definition.parameters).map(
    ([name, declaration]) => [
      name,
      declaration.kind,
      declaration.unit ?? "",
      ...scales.map((scale) => declaration.show(declaredValue(declaration, scale, data))),
      `${declaration.description} (${declaration.expects})`,
    ],
  );
  const table = [header, ...rows];
  const widths = header.slice(0, -1).map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  "));
  const onData = data === null ? "" : `, here on ${data}`;
  return [
    "",
    `Parameters (--set name=value), with their values at each scale${onData}:`,
    ...lines.map((line) => `  ${line.trimEnd()}`),
    "",
    "Exit status:",
    "  0 ran, whatever the verdict   1 a cell failed   2 misuse   3 a claim is not reproduced (with --strict)",
    "  130 interrupted: the same command resumes",
  ].join("\n");
}

function exampleParameter(
  definition: AnyExperiment,
): [string, ParameterDeclaration<ParameterValue>] | [undefined, undefined] {
  const parameters: [string, ParameterDeclaration<ParameterValue>][] = Object.entries(definition.parameters);
  return parameters.find(([name]) => name !== "seeds") ?? [undefined, undefined];
}
