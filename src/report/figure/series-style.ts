import { asOnFinding, type Verdict } from "../../claims";
import { verdictMarks } from "../tables/verdicts";
import { channelsOf } from "./colours";
import type { Series } from "./figure";

/** How a series looks: colour, and dash and marker as a second cue for print and for those who do not see colours. */
export interface SeriesStyle {
  readonly colour: string;
  readonly dash: "solid" | "dash" | "dot" | "dashdot" | "longdash" | "longdashdot";
  readonly marker: string;
}

// Okabe & Ito 2008 (jfly.uni-koeln.de/color), those of high contrast first. Yellow would be lost on a light page and black
// on a dark one; a grey replaces both.
const colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F"];
/** Neutral on a light and on a dark page. */
const publishedColour = "#7F7F7F";
/** Series named after verdicts, as in maps of verdicts, have colours and markers of their own. */
const findingStyles: Readonly<Record<ReturnType<typeof asOnFinding<Verdict>>, SeriesStyle>> = {
  reproduced: { colour: "#0072B2", dash: "solid", marker: "circle" },
  partly: { colour: "#E69F00", dash: "solid", marker: "diamond" },
  "not reproduced": { colour: "#D55E00", dash: "solid", marker: "x" },
  inconclusive: { colour: "#7F7F7F", dash: "solid", marker: "square" },
  "not testable here": { colour: "#7F7F7F", dash: "solid", marker: "cross" },
};
const verdictStyles: ReadonlyMap<string, SeriesStyle> = new Map(
  (Object.keys(verdictMarks) as Verdict[]).map((verdict) => [verdict, findingStyles[asOnFinding(verdict)]]),
);
const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;
const markers = ["circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star", "cross"];

/** The part of a figure that decides how its series look. */
interface StyledFigure {
  readonly series?: readonly Pick<Series, "name" | "published">[] | undefined;
}

/**
 * One style for each series name of a page, so that a network looks the same in all its figures.
 *
 * Styles repeat after lcm(7, 6, 8) = 168 names: from the eighth on, a colour returns with another dash and marker. Published
 * series are all grey and dashed, and told apart by their markers.
 */
export function seriesStyles(figures: readonly StyledFigure[]): ReadonlyMap<string, SeriesStyle> {
  const series = figures.flatMap((figure) => figure.series ?? []);
  const named = (belongs: (one: (typeof series)[number]) => boolean) => [
    ...new Set(series.filter(belongs).map(({ name }) => name)),
  ];
  const marker = (i: number) => markers[i % markers.length]!;
  return new Map<string, SeriesStyle>([
    ...named(({ name }) => verdictStyles.has(name)).map((name) => [name, verdictStyles.get(name)!] as const),
    ...named(({ name, published }) => !published && !verdictStyles.has(name)).map(
      (name, i) =>
        [name, { colour: colours[i % colours.length]!, dash: dashes[i % dashes.length]!, marker: marker(i) }] as const,
    ),
    ...named(({ published }) => published === true).map(
      (name, i) => [name, { colour: publishedColour, dash: "dash", marker: marker(i) }] as const,
    ),
  ]);
}

/** The dash of a line by its index, where lines have no colours of their own. */
export function lineDash(place: number): SeriesStyle["dash"] {
  return dashes[place % dashes.length]!;
}

/** A colour with its opacity: "rgba(0, 114, 178, 0.2)". */
export function translucent(colour: string, opacity: number): string {
  return `rgba(${channelsOf(colour).join(", ")}, ${opacity})`;
}
