/**
 * `npm run doctor`: what the harness needs, what this machine has of it, and how to get the rest. With --json, the same as
 * JSON. Ends with status 1 when TensorFlow cannot compute, 2 on a wrong option.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import colours from "picocolors";
import { type Diagnosis, diagnose, type Finding } from "./findings";

const root = path.resolve(__dirname, "../..");

/** The findings as lines of text: a mark, the subject, what was found; below it what to do. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = " ".repeat(8 + 1 + width + 2);
  return findings
    .flatMap(({ subject, state, found, remedies }) => {
      const [first = "", ...more] = [...found.split("\n"), ...remedies.map((remedy) => `-> ${remedy}`)];
      return [`${marks[state]} ${subject.padEnd(width)}  ${first}`, ...more.map((line) => `${indent}${line.trim()}`)];
    })
    .join("\n");
}

/** Words beside the colour: a log has none. */
const marks: Readonly<Record<Finding["state"], string>> = {
  ok: colours.green("ok      "),
  warning: colours.yellow("warning "),
  missing: colours.red("missing "),
};

function verdict({ healthy, findings }: Diagnosis): string {
  if (!healthy) return colours.red("TensorFlow cannot compute here. `--backend cpu` can, slowly, for small runs.");
  const warnings = findings.filter(({ state }) => state !== "ok").length;
  return warnings === 0 ? colours.green("All is well.") : `TensorFlow computes; ${warnings} thing(s) to look at.`;
}

async function main(): Promise<void> {
  let asJson = false;
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" }, help: { type: "boolean" } } });
    if (values.help) {
      console.log("Usage: npm run doctor -- [--json]\n\nSays what the harness needs and what this machine has of it.");
      return;
    }
    asJson = values.json ?? false;
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run doctor -- [--json]`);
    process.exitCode = 2;
    return;
  }
  const diagnosis = await diagnose(root);
  console.log(
    asJson ? JSON.stringify(diagnosis, null, 2) : `${describeFindings(diagnosis.findings)}\n\n${verdict(diagnosis)}`,
  );
  if (!diagnosis.healthy) process.exitCode = 1;
}

if (require.main === module) void main();
