/** Outcomes of laws as JUnit's XML, which continuous integration shows. */
import type { LawOutcome } from "./check-network";

/**
 * One suite, a case a law: a broken one has its message as a failure, one that was left out says why.
 *
 * Source: the schema of Apache Ant's JUnit task, as GitLab, Jenkins and GitHub's reporters read it.
 */
export function junitText(name: string, outcomes: readonly LawOutcome[]): string {
  const count = (state: LawOutcome["state"]) => outcomes.filter((each) => each.state === state).length;
  const seconds = outcomes.reduce((sum, each) => sum + each.seconds, 0);
  const attributes = (given: Readonly<Record<string, string | number>>) =>
    Object.entries(given)
      .map(([key, value]) => ` ${key}="${escaped(typeof value === "number" ? String(value) : value)}"`)
      .join("");
  const cases = outcomes.map(({ law, statement, state, text, seconds: own }) => {
    const head = `    <testcase${attributes({ name: `${law}: ${statement}`, classname: name, time: own.toFixed(3) })}`;
    if (state === "holds") return `${head}/>`;
    const inner =
      state === "left out"
        ? `      <skipped${attributes({ message: text })}/>`
        : `      <failure${attributes({ type: "BrokenLaw", message: text.split("\n")[0]! })}>${escaped(text)}</failure>`;
    return `${head}>\n${inner}\n    </testcase>`;
  });
  const totals = {
    tests: outcomes.length,
    failures: count("broken"),
    errors: 0,
    skipped: count("left out"),
    time: seconds.toFixed(3),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite${attributes({ name, ...totals })}>`,
    ...(outcomes[0] === undefined
      ? []
      : [`    <properties><property name="seed" value="${outcomes[0].seed}"/></properties>`]),
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Text within XML 1.0, which has no control characters but tab and line ends. */
function escaped(text: string): string {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const shown = [...text].filter((one) => one >= " " || /[\t\n\r]/.test(one)).join("");
  return shown.replace(/[\ufffe\uffff]/g, "").replace(/[&<>"]/g, (one) => named[one]!);
}
