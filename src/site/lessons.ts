/**
 * The lessons: one page a finding, to be read, printed and worked through. Their texts are Markdown in teaching/; every number that
 * this project measured is named there (`measuredValue`) and read from the reference runs when the pages are made.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { judgeAnew, runInFolder, type StoredRun } from "../archive";
import { projectRoot, UsageError } from "../base";
import { findExperiments } from "../experiment";
import { type Figure, figureDrawing, figureLegend, type Html, html, renderOwnPage, trusted } from "../report";
import { pageMarkdown } from "./markdown";
import { dataName, type FindRun, measuredValue } from "./values";

/** Folder of the lessons' texts. */
export const lessonsFolder = path.join(__dirname, "teaching");

/** In which order they are taught; every text of the folder is one of them. */
export const lessonOrder = ["block-deletion", "paths", "degradation", "stochastic-depth", "euler-steps"] as const;

/** The sections of a lesson, in their order. */
const sections = [
  "The question",
  "Predict",
  "The figure",
  "What the paper found",
  "What this project found",
  "Change something",
  "Exercises",
] as const;
type Section = (typeof sections)[number];

/** A lesson's page. */
export interface Lesson {
  /** File stem. */
  readonly name: string;
  readonly title: string;
  /** As text. */
  readonly question: string;
  readonly page: string;
}

/** The reference runs of a folder, each read once. */
export function referenceRuns(folder = path.join(projectRoot, "results", "reference")): FindRun {
  const runs = new Map<string, StoredRun>();
  return (name) => {
    const known = readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));
    if (!known.includes(name))
      throw new UsageError(`there is no reference run "${name}". There are: ${known.join(", ")}.`);
    const run = runs.get(name) ?? runInFolder(path.join(folder, name));
    runs.set(name, run);
    return run;
  };
}

/**
 * Makes the page of every lesson.
 *
 * @throws UsageError that names file and line, for a text without one of the sections, a number that no run tells, and a figure that
 * none draws
 */
export function lessons(findRun: FindRun, folder = lessonsFolder): Lesson[] {
  const there = readdirSync(folder).filter((name) => name.endsWith(".md"));
  const missing = lessonOrder.filter((name) => !there.includes(`${name}.md`));
  const unknown = there.filter((name) => !lessonOrder.some((one) => name === `${one}.md`));
  if (missing.length > 0) throw new UsageError(`the lesson ${missing[0]} is missing in ${folder}`);
  if (unknown.length > 0) throw new UsageError(`${unknown[0]} in ${folder} is not among the lessons' order`);
  const texts = lessonOrder.map((name) => readFileSync(path.join(folder, `${name}.md`), "utf8"));
  const titles = texts.map((text, i) => titleOf(text, `${lessonOrder[i]}.md`));
  return lessonOrder.map((name, i) => lesson(name, texts[i]!, titles, findRun));
}

/** Makes the page of one lesson. @param titles of all lessons, in their order */
export function lesson(name: string, text: string, titles: readonly string[], findRun: FindRun): Lesson {
  const file = `${name}.md`;
  const title = titleOf(text, file);
  const filled = fillIn(text, file, findRun);
  const parts = partsOf(filled.text, file);
  const markdown = pageMarkdown();
  const render = (part: string) => trusted(filled.restore(markdown(part)));
  const part = (section: Section) => render(parts[section]);
  const question = filled.plain(parts["The question"]).trim();
  const exercises = exercisesOf(parts.Exercises, file).map((one) => ({
    title: render(one.title),
    task: render(one.task),
    answer: render(one.answer),
  }));
  const place = lessonOrder.indexOf(name as (typeof lessonOrder)[number]);
  const page = renderOwnPage({
    title,
    header: html`${part("The question")}`,
    nav: html`<nav aria-label="Lessons">${lessonOrder.map(
      (other, i) =>
        html`<a href="${other}.html"${i === place && html` aria-current="page"`}>${i + 1} ${titles[i] ?? other}</a> `,
    )}</nav>
`,
    main: html`${sectionMarkup("predict", "Predict, before you look", part("Predict"))}
<section id="figure" aria-labelledby="figure-heading">
<h2 id="figure-heading">The figure</h2>
<details class="reveal"><summary>I have predicted: show the figure</summary>
${part("The figure")}</details>
</section>
${sectionMarkup("paper", "What the paper found", part("What the paper found"))}
${sectionMarkup("found", "What this project found", part("What this project found"))}
${sectionMarkup("change", "Change something", part("Change something"))}
<section id="exercises" aria-labelledby="exercises-heading">
<h2 id="exercises-heading">Exercises</h2>
${exercises.map(
  (
    one,
    i,
  ) => html`<section class="exercise" aria-labelledby="exercise-${i + 1}"><h3 id="exercise-${i + 1}">${i + 1}. ${inline(one.title)}</h3>
${one.task}<details class="answer"><summary>Answer to ${i + 1}</summary>
${one.answer}</details></section>
`,
)}</section>
<section id="answers" class="on-paper" aria-hidden="true">
<h2>Answers</h2>
${exercises.map((one, i) => html`<h3>${i + 1}. ${inline(one.title)}</h3>\n${one.answer}`)}</section>`,
    style: readFileSync(path.join(__dirname, "assets", "lessons.css"), "utf8"),
    script: readFileSync(path.join(__dirname, "assets", "lessons.js"), "utf8"),
    data: {},
  });
  return { name, title, question, page };
}

/** The page from which the lessons are reached. */
export function lessonsIndex(all: readonly Lesson[]): string {
  return renderOwnPage({
    title: "Five lessons",
    header: html`<p class="question">One finding about deep networks each: predict, look, read, change, compute.</p>
  <p class="muted">Every number that was measured here is read from the reference runs. Each page prints on A4, its answers at the end.</p>`,
    main: html`<ol class="lessons">${all.map(
      ({ name, title, question }) => html`<li><a href="${name}.html">${title}</a><br>${question}</li>\n`,
    )}</ol>`,
    style: readFileSync(path.join(__dirname, "assets", "lessons.css"), "utf8"),
    script: "",
    data: {},
  });
}

function sectionMarkup(id: string, heading: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
${content}</section>`;
}

/** A rendered paragraph without its element. */
function inline(paragraph: Html): Html {
  return trusted(paragraph.markup.trim().replace(/^<p>([\s\S]*)<\/p>$/, "$1"));
}

function titleOf(text: string, file: string): string {
  const title = /^# (.+)\n/.exec(text)?.[1];
  if (title === undefined) throw new UsageError(`${file} does not begin with a heading: "# Title"`);
  return title;
}

function partsOf(text: string, file: string): Readonly<Record<Section, string>> {
  const [, ...found] = text.split(/^## /m);
  const parts = found.map((one) => {
    const end = one.indexOf("\n");
    return [one.slice(0, end).trim(), one.slice(end + 1)] as const;
  });
  const headings = parts.map(([heading]) => heading);
  if (headings.join("\n") !== sections.join("\n")) {
    throw new UsageError(`${file} needs the sections ${sections.join(", ")}; it has ${headings.join(", ") || "none"}`);
  }
  return Object.fromEntries(parts) as Record<Section, string>;
}

interface Exercise {
  readonly title: string;
  readonly task: string;
  readonly answer: string;
}

function exercisesOf(text: string, file: string): Exercise[] {
  const [, ...found] = text.split(/^### /m);
  if (found.length !== 3) throw new UsageError(`${file} has ${found.length} exercises, need 3, each under "### Title"`);
  return found.map((one) => {
    const [title = "", ...lines] = one.split("\n");
    const [task = "", answer] = lines.join("\n").split(/^#### Answer\n/m);
    if (answer === undefined || answer.trim() === "") {
      throw new UsageError(`${file}: the exercise "${title}" has no answer, under "#### Answer"`);
    }
    return { title, task, answer };
  });
}

/** A text whose numbers and figures are found, and stand in it as marks until it is rendered. */
interface Filled {
  readonly text: string;
  /** Puts them into rendered markup. */
  restore(markup: string): string;
  /** Puts the numbers into a text. */
  plain(text: string): string;
}

const mark = (i: number) => `\uE000${i}\uE001`;

function fillIn(text: string, file: string, findRun: FindRun): Filled {
  const values: { readonly plain: string; readonly markup: string; readonly isFigure: boolean }[] = [];
  const marked = text.replace(/\{\{(.*?)\}\}/g, (whole, expression: string, at: number) => {
    try {
      const figure = /^figure (\S+) (\S+)$/.exec(expression.trim());
      const value = figure === null ? measuredValue(expression, findRun) : "";
      values.push({
        plain: value,
        markup:
          figure === null
            ? html`<span class="measured">${value}</span>`.markup
            : figureMarkup(findRun(figure[1]!), figure[2]!).markup,
        isFigure: figure !== null,
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const line = text.slice(0, at).split("\n").length;
      throw new UsageError(`${file}, line ${line}: ${whole}: ${error.message}`);
    }
    return mark(values.length - 1);
  });
  return {
    text: marked,
    restore: (markup) =>
      values.reduce(
        (sum, { markup: value, isFigure }, i) => sum.replace(isFigure ? `<p>${mark(i)}</p>` : mark(i), () => value),
        markup,
      ),
    plain: (part) => values.reduce((sum, { plain }, i) => sum.replaceAll(mark(i), plain), part),
  };
}

/** The figure of a claim in a run, for wide and for narrow pages, with its legend, its caption and where it comes from. */
function figureMarkup(run: StoredRun, claim: string): Html {
  const { experiment, scale, data, seeds, code, ended } = run.provenance();
  const figure = figureOf(run, claim);
  const drawn =
    figure === null
      ? html`<div class="drawing small">${trusted(run.thumbnail(claim))}</div>`
      : html`<div class="drawing wide">${trusted(figureDrawing(figure, "wide"))}</div>
<div class="drawing narrow">${trusted(figureDrawing(figure, "narrow"))}</div>
<ul class="legend">${figureLegend(figure).map(({ name, swatch }) => html`<li>${trusted(swatch)} ${name}</li>`)}</ul>`;
  return html`<figure>
${drawn}
<figcaption>${
    figure === null
      ? run.claims().find((row) => row.claim === claim)?.statement
      : html`<strong>${figure.title}.</strong> ${figure.caption}`
  } <span class="source">Run <a href="../${run.name}.html">${run.name}</a>: scale ${scale}, ${dataName(data?.name)}, ${seeds.length} networks, revision ${code.commit.slice(0, 7)}, ${ended.slice(0, 10)}. Drawn by <code>experiments/${experiment}.ts</code>.</span></figcaption>
</figure>`;
}

/** Null where the run is of another version of its experiment, which draws it no more: its own small drawing is kept with it. */
function figureOf(run: StoredRun, claim: string): Figure | null {
  const { experiment } = run.provenance();
  const [found] = findExperiments(path.join(projectRoot, "experiments"), [experiment]);
  let figures: readonly Figure[];
  try {
    figures = judgeAnew(run, found!.definition).figures();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return null;
  }
  const figure = figures.find(({ claims = [] }) => claims.includes(claim));
  if (figure === undefined) throw new UsageError(`no figure of ${run.name} shows ${claim}`);
  return figure;
}
