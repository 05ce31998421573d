import type { Claim, ClaimGroup, Verdict } from "../../claims";
import type { Interval } from "../../statistics";

/** What the index says of a claim: the verdict it counts under. */
export type Standing = Verdict | "not run";

export const standings: readonly Standing[] = ["reproduced", "partly", "not reproduced", "inconclusive", "not run"];

/** A claim with all that was found on it. */
export interface Finding {
  readonly id: string;
  readonly wording: Pick<Claim, "statement" | "source" | "rule" | "paperValue">;
  /** False for a claim that a run judged and that the registry has no more. */
  readonly registered: boolean;
  /** The verdict of its first run. */
  readonly standing: Standing;
  /** One of each run that judged it: finished runs first, of these those with their experiment's default settings, one's own
   * before the reference. */
  readonly verdicts: readonly RunVerdict[];
  /** Known command, where it has no run. */
  readonly command: string | null;
}

export interface RunVerdict {
  readonly run: IndexedRun;
  readonly judged: IndexedVerdict;
}

export interface FindingGroup {
  readonly letter: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/**
 * Every claim of the registry, and every other that a run judged, in the registry's order by groups; groups without claims
 * are left out.
 */
export function groupFindings({ claims, runs, commands }: IndexContent): FindingGroup[] {
  const verdicts = new Map<string, RunVerdict[]>();
  for (const run of [...runs].sort(beforeInIndex))
    for (const judged of run.verdicts)
      verdicts.set(judged.claim, [...(verdicts.get(judged.claim) ?? []), { run, judged }]);
  const finding = (id: string, wording: Finding["wording"], registered: boolean): Finding => {
    const found = verdicts.get(id) ?? [];
    const command = found.length === 0 ? (commands.get(id) ?? null) : null;
    return { id, wording, registered, standing: found[0]?.judged.verdict ?? "not run", verdicts: found, command };
  };
  const registered = new Set<string>(claims.map(({ id }) => id));
  const others = [...verdicts].filter(([id]) => !registered.has(id));
  const findings = [
    ...claims.map((claim) => finding(claim.id, claim, true)),
    ...others.map(([id, [first]]) => finding(id, first!.judged, false)),
  ];
  const titles: Readonly<Record<string, string>> = claimGroupTitles;
  const letters = [...Object.keys(titles), ""];
  return letters
    .map((letter) => ({
      letter,
      title: titles[letter] ?? "Claims of no group",
      findings: findings.filter(({ id }) => (id.charAt(0) in titles ? id.charAt(0) : "") === letter),
    }))
    .filter((group) => group.findings.length > 0);
}

/** How many claims count under each standing; every claim once. */
export function tally(groups: readonly FindingGroup[]): Readonly<Record<Standing, number>> {
  const found = groups.flatMap(({ findings }) => findings.map(({ standing }) => standing));
  const count = (standing: Standing) => found.filter((one) => one === standing).length;
  return {
    reproduced: count("reproduced"),
    partly: count("partly"),
    "not reproduced": count("not reproduced"),
    inconclusive: count("inconclusive"),
    "not run": count("not run"),
  };
}

/** Claims whose runs do not all give the same verdict. */
export function disputed(groups: readonly FindingGroup[]): string[] {
  return groups
    .flatMap(({ findings }) => findings)
    .filter(({ verdicts }) => new Set(verdicts.map(({ judged }) => judged.verdict)).size > 1)
    .map(({ id }) => id);
}

function beforeInIndex(one: IndexedRun, other: IndexedRun): number {
  return (
    Number(one.interim) - Number(other.interim) ||
    Number(other.isDefault) - Number(one.isDefault) ||
    Number(one.isReference) - Number(other.isReference) ||
    (one.name < other.name ? -1 : Number(one.name > other.name))
  );
}

/** Everything the page of all claims shows. */
export interface IndexContent {
  /** The registry, in its order. */
  readonly claims: readonly Claim[];
  readonly runs: readonly IndexedRun[];
  /** For claims without a run among these, where it is known: the command that judges them. */
  readonly commands: ReadonlyMap<string, string>;
  /** What is missing or damaged among the runs' files, one sentence each. */
  readonly faults: readonly string[];
}

/** A run, as far as its files tell. */
export interface IndexedRun {
  readonly name: string;
  /** Whether it is its experiment's run at the default scale, on the default data, with no parameter set by hand. */
  readonly isDefault: boolean;
  /** Whether it is one of the reference runs that come with the project, and not one's own. */
  readonly isReference: boolean;
  readonly scale: string;
  readonly data: string;
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
  /** What makes the run again; null when unknown. */
  readonly command: string | null;
  /** ISO 8601, UTC; null when unknown. */
  readonly ended: string | null;
  /** Address of its report from the page; null where there is none. */
  readonly report: string | null;
  readonly verdicts: readonly IndexedVerdict[];
}

/** A claim as a run judged it, and as it was worded then. */
export interface IndexedVerdict {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly effect: Omit<Interval, "confidence">;
  readonly unit: string;
  readonly statement: string;
  readonly source: string;
  readonly rule: string;
  readonly paperValue: string;
  readonly reason: string;
  /** SVG of `figureThumbnail`; null where there is none. */
  readonly thumbnail: string | null;
}

/** What each group of claims is about, in the order in which pages show them. */
const claimGroupTitles: Readonly<Record<ClaimGroup, string>> = {
  A: "Arithmetic of layers",
  B: "Techniques",
  C: "Depth",
  D: "Stochastic depth",
  E: "Networks as ensembles of paths",
  F: "Networks as differential equations",
  G: "Architectures, side by side",
  H: "The audit",
};
