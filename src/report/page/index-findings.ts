import type { Claim, ClaimGroup, Verdict } from "../../claims";
import type { VerdictMap } from "../tables/verdict-map";
import type { Effect } from "../tables/verdicts";

/** The verdict that a claim counts under. */
export type Standing = Verdict | "not run";

const untold = ["inconclusive", "not testable here", "not run"] as const;

/** Those of findings, and those of the audit, which judges words. */
export const standings: Readonly<Record<Kind, readonly Standing[]>> = {
  findings: ["reproduced", "partly", "not reproduced", ...untold],
  "post hoc": ["reproduced", "partly", "not reproduced", ...untold],
  audit: ["correct", "imprecise", "wrong", ...untold],
};

/** What is counted apart: what sources found; what was put beside it after results had been seen; what the lecture says of it. */
export const kinds = ["findings", "post hoc", "audit"] as const;
export type Kind = (typeof kinds)[number];

/** A claim with the verdicts of all runs that judged it. */
export interface Finding {
  readonly id: string;
  readonly wording: Pick<Claim, "statement" | "source" | "rule" | "paperValue">;
  /** Of its group; empty for a claim of none. */
  readonly group: string;
  /** In a few words: "median rise"; null where the registry does not tell. */
  readonly effectName: string | null;
  /** False for a claim that a run judged and that has left the registry. */
  readonly registered: boolean;
  readonly kind: Kind;
  /** The verdict of its first run. */
  readonly standing: Standing;
  /**
   * One for each run that judged it: complete runs first, among these the ones with default settings, of these the one at the scale
   * nearest to the source's, and of one scale one's own before the reference.
   */
  readonly verdicts: readonly RunVerdict[];
  /** The command that judges it, where it has no run and the command is known. */
  readonly command: string | null;
  /** What the audit says of the same sentence: it stands with the finding, and counts apart. */
  readonly words?: Finding;
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
 * Every claim of the registry, and every other claim that a run judged, in groups and within them in the registry's order; a
 * finding knows the row of the audit that is about its sentence. Groups without claims are left out.
 */
export function groupFindings({ claims, runs, commands }: IndexContent): FindingGroup[] {
  const verdicts = new Map<string, RunVerdict[]>();
  for (const run of [...runs].sort(beforeInIndex))
    for (const judged of run.verdicts)
      verdicts.set(judged.claim, [...(verdicts.get(judged.claim) ?? []), { run, judged }]);
  const finding = (
    id: string,
    wording: Finding["wording"],
    registered: boolean,
    { postHoc, audit, effectName }: KindOf,
  ): Finding => {
    // What a run could not tell never stands before what another found; nor, of complete runs, what one was not fit to test.
    const lateness = ({ run, judged: { effect, verdict } }: RunVerdict) =>
      (effect === null ? 4 : 0) + (run.interim ? 2 : 0) + (verdict === "not testable here" ? 1 : 0);
    const found = (verdicts.get(id) ?? []).sort((one, other) => lateness(one) - lateness(other));
    const command = found.length === 0 ? (commands.get(id) ?? null) : null;
    const standing: Standing = found[0]?.judged.verdict ?? "not run";
    const kind: Kind = postHoc ? "post hoc" : audit ? "audit" : "findings";
    const group = id.charAt(0) in claimGroupTitles ? id.charAt(0) : "";
    const told = { group, effectName: effectName ?? null, registered, kind, standing };
    return { id, wording, ...told, verdicts: found, command };
  };
  const registered = new Set<string>(claims.map(({ id }) => id));
  const others = [...verdicts].filter(([id]) => !registered.has(id));
  const findings = [
    ...claims.map((claim) => finding(claim.id, claim, true, claim)),
    ...others.map(([id, [first]]) =>
      finding(id, first!.judged, false, { postHoc: first!.judged.postHoc, audit: id.startsWith(auditGroup) }),
    ),
  ];
  const wordsOf = new Map(
    claims.flatMap(({ id, sentenceOf }): [string, Finding][] =>
      sentenceOf === undefined || !registered.has(sentenceOf)
        ? []
        : [[sentenceOf, findings.find((one) => one.id === id)!]],
    ),
  );
  const all = findings.map((one): Finding => {
    const words = wordsOf.get(one.id);
    return words === undefined ? one : { ...one, words };
  });
  const titles: Readonly<Record<string, string>> = claimGroupTitles;
  const letters = [...Object.keys(titles), ""];
  return letters
    .map((letter) => ({
      letter,
      title: titles[letter] ?? "Claims of no group",
      findings: all.filter(({ group }) => group === letter),
    }))
    .filter((group) => group.findings.length > 0);
}

/** How many claims of a kind count under each verdict; every claim counts once. */
export function tally(groups: readonly FindingGroup[], kind: Kind): ReadonlyMap<Standing, number> {
  const found = allFindings(groups).filter((finding) => finding.kind === kind);
  const count = (standing: Standing) => found.filter((one) => one.standing === standing).length;
  // Where a run is of a version that judged the audit in the words of findings, these are counted, too.
  const others = new Set(found.map(({ standing }) => standing));
  return new Map([...new Set([...standings[kind], ...others])].map((standing) => [standing, count(standing)]));
}

/** All of them, in the order of the page. */
export function allFindings(groups: readonly FindingGroup[]): Finding[] {
  return groups.flatMap(({ findings }) => findings);
}

/** Claims on which runs disagree. */
export function disputed(groups: readonly FindingGroup[]): string[] {
  return allFindings(groups)
    .filter(({ verdicts }) => new Set(verdicts.map(({ judged }) => judged.verdict)).size > 1)
    .map(({ id }) => id);
}

const towardsTheSource = ["quick", "standard", "paper"];

function beforeInIndex(one: IndexedRun, other: IndexedRun): number {
  const nearness = ({ scale, isDefault }: IndexedRun) => (isDefault ? towardsTheSource.indexOf(scale) : 0);
  return (
    Number(one.interim) - Number(other.interim) ||
    Number(other.isDefault) - Number(one.isDefault) ||
    nearness(other) - nearness(one) ||
    Number(one.isReference) - Number(other.isReference) ||
    (one.name < other.name ? -1 : Number(one.name > other.name))
  );
}

/** Everything the page of all claims shows. */
export interface IndexContent {
  /** The registry, in its order. */
  readonly claims: readonly Claim[];
  readonly runs: readonly IndexedRun[];
  /** The commands that judge claims, by their identifiers, where they are known. */
  readonly commands: ReadonlyMap<string, string>;
  /** Missing or damaged files of the runs, one sentence each. */
  readonly faults: readonly string[];
  /** Pages beside this one that are there, by addresses relative to it. */
  readonly beside?: readonly { readonly label: string; readonly href: string }[];
}

/** A run, as read from its files. */
export interface IndexedRun {
  readonly name: string;
  /** Whether it took its scale's data, float32 and the default of every parameter. */
  readonly isDefault: boolean;
  /** Whether it is one of the reference runs that come with the project, and not one's own. */
  readonly isReference: boolean;
  readonly scale: string;
  readonly data: string;
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
  /** The command of the run; null when unknown. */
  readonly command: string | null;
  /** ISO 8601, UTC; null when unknown. */
  readonly ended: string | null;
  /** Address of its report, relative to the page; null where there is none. */
  readonly report: string | null;
  readonly verdicts: readonly IndexedVerdict[];
  /** Of its claims, where its parameters were varied; empty otherwise. */
  readonly maps: readonly VerdictMap[];
}

/** A claim as a run judged it, in its wording at that time. */
export interface IndexedVerdict {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly effect: Effect;
  readonly unit: string;
  readonly statement: string;
  readonly source: string;
  readonly rule: string;
  readonly paperValue: string;
  readonly reason: string;
  /** Empty where the run is of a version that had none. */
  readonly sentence: string;
  readonly range: string;
  readonly postHoc: boolean;
  /** SVG of `figureThumbnail`; null where there is none. */
  readonly thumbnail: string | null;
}

type KindOf = {
  readonly postHoc?: boolean | undefined;
  readonly audit?: boolean | undefined;
  readonly effectName?: string | undefined;
};

const auditGroup = "H" satisfies ClaimGroup;

/** Titles of the groups of claims, in the order in which pages show them. */
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
