/** The numbers of a page, which stand in the files of the reference runs and nowhere else: "{{block-deletion E1 verdict}}". */

import { effectOf, type JudgedClaim, type StoredRun } from "../archive";
import { UsageError } from "../base";
import { datasetTitle, effectText } from "../report";
import { mean, median, quantity } from "../statistics";

/** Gives a run by the name of its folder. @throws UsageError where there is none */
export type FindRun = (name: string) => StoredRun;

const claimFields: Readonly<Record<string, (row: JudgedClaim) => string>> = {
  effect: (row) => effectText(effectOf(row), row.unit),
  verdict: ({ verdict }) => verdict,
  sentence: ({ sentence }) => sentence,
  statement: ({ statement }) => statement,
  rule: ({ rule }) => rule,
  range: ({ range }) => range,
  seeds: ({ seeds }) => String(seeds),
};

const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  median,
  mean,
  least: (values) => Math.min(...values),
  largest: (values) => Math.max(...values),
};

const facts: Readonly<Record<string, (run: StoredRun) => string>> = {
  scale: (run) => run.provenance().scale,
  data: (run) => dataName(run.provenance().data?.name),
  networks: (run) => String(run.provenance().seeds.length),
  command: (run) => run.provenance().command,
};

/** The data of a run in words. */
export function dataName(name: string | undefined): string {
  return name === undefined ? "no data set" : datasetTitle(name);
}

/**
 * The value that an expression names, as text.
 *
 * | expression                                             | value                                                         |
 * |--------------------------------------------------------|---------------------------------------------------------------|
 * | `RUN E1`, `RUN E1 verdict`                             | a claim's effect with its interval, or another of its fields  |
 * | `RUN scale`, `data`, `networks`, `command`             | a fact of the run                                             |
 * | `RUN setting steps`                                    | a parameter                                                   |
 * | `RUN median rise_points network=plain32 keeps_shape=true` | a statistic of a column over the rows with these values: `median`, `mean`, `least`, `largest` |
 *
 * A value with spaces stands in quotes: `measurement="one deleted"`.
 *
 * @throws UsageError that says what is not there, and what is
 */
export function measuredValue(expression: string, findRun: FindRun): string {
  const words = [...expression.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ""));
  const [name = "", subject = "", ...rest] = words;
  const run = findRun(name);
  const fact = facts[subject];
  if (fact !== undefined && rest.length === 0) return fact(run);
  if (subject === "setting") return settingOf(run, rest);
  const statistic = statistics[subject];
  if (statistic !== undefined) return quantity(statistic(columnOf(run, rest)));
  return claimField(run, subject, rest);
}

function claimField(run: StoredRun, id: string, [field = "effect", ...more]: readonly string[]): string {
  const claims = run.claims();
  const row = claims.find(({ claim }) => claim === id);
  if (row === undefined) {
    const known = [...claims.map(({ claim }) => claim), ...Object.keys(facts), "setting", ...Object.keys(statistics)];
    throw new UsageError(`the run ${run.name} has no "${id}". There are: ${known.join(", ")}.`);
  }
  const value = claimFields[field];
  if (value === undefined || more.length > 0) {
    const asked = [field, ...more].join(" ");
    throw new UsageError(`a claim has no "${asked}". There are: ${Object.keys(claimFields).join(", ")}.`);
  }
  const text = value(row);
  if (text === "") throw new UsageError(`the run ${run.name} says nothing of the ${field} of ${id}`);
  return text;
}

function settingOf(run: StoredRun, [name = "", ...more]: readonly string[]): string {
  const { parameters } = run.provenance();
  const found = parameters.find((parameter) => parameter.name === name);
  if (found === undefined || more.length > 0) {
    const known = parameters.map((parameter) => parameter.name).join(", ");
    throw new UsageError(`the run ${run.name} has no parameter "${[name, ...more].join(" ")}". There are: ${known}.`);
  }
  return String(found.value).split(/,\s*/).join(", ");
}

/** The numbers of a column, in the rows that have the values asked for. */
function columnOf(run: StoredRun, [column = "", ...conditions]: readonly string[]): number[] {
  const columns = run.columns().map(({ name }) => name);
  const wanted = conditions.map((condition) => {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(condition) ?? [];
    if (name === "") throw new UsageError(`"${condition}" is no condition; need column=value`);
    return { name, value };
  });
  for (const name of [column, ...wanted.map((one) => one.name)]) {
    if (!columns.includes(name)) {
      throw new UsageError(`rows.csv of ${run.name} has no column "${name}". There are: ${columns.join(", ")}.`);
    }
  }
  const values = run
    .rows()
    .filter((row) => wanted.every(({ name, value }) => String(row[name]) === value))
    .flatMap((row) => (typeof row[column] === "number" ? [row[column]] : []));
  if (values.length === 0) {
    throw new UsageError(`no row of ${run.name} has a number in "${column}" where ${conditions.join(" and ")}`);
  }
  return values;
}
