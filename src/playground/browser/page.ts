/** The part of the page that a person sees and touches: what is cut, what it costs, and what others found. */
import { blockOrders, sampleBlocks } from "../../routes";
import { type Answer, type FlowAnswer, fromJson, type PageData, type PageJson, type Question } from "../page-data";
import { barFigure, type Drawn, lineFigure } from "./charts";
import {
  type Anatomy,
  anatomyOf,
  type Cut,
  chance,
  intact,
  inversionsOf,
  inWords,
  moved,
  neighbour,
  paths,
  routeOf,
  tauOf,
  toggled,
} from "./cut";
import { flowTab } from "./flow";
import { Picture } from "./picture";

/** Error (%) of guessing among ten classes of equal size. */
const guessing = 90;

/** Veit et al. 2016: the claims E1, E2, E3.1 and E4 quote the same. Test error (%) of ResNet-110 on CIFAR-10, read off. */
const paper = {
  base: [6, 7],
  deletedOf54: [
    { blocks: 10, low: 20, high: 30 },
    { blocks: 20, low: 50, high: null },
  ],
  tau: [0.84, 1],
} as const;

const element = <Kind extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as Kind;

const data: PageData = fromJson(JSON.parse(element("page-data").textContent!) as PageJson, (base64) =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
);
const classes = JSON.parse(element("page-classes").textContent!) as readonly string[];

/** Who has asked. */
interface Listener {
  onBatch(answer: Extract<Answer, { kind: "batch" }>): void;
  /** Told when another question came before the last batch. */
  onReplaced?(): void;
}

/** The worker that computes; asked one thing after the other, the last of which counts. */
class Engine {
  private readonly worker: Worker;
  private last = 0;
  private waiting: (Listener & { readonly id: number }) | undefined;
  backend = "";

  constructor(
    given: PageData,
    onReady: () => void,
    onFailure: (text: string) => void,
    onFlow: (answer: FlowAnswer) => void,
  ) {
    const script = new Blob([element("worker").textContent!], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(script));
    this.worker.onerror = ({ message }) => onFailure(message);
    this.worker.onmessage = ({ data: answer }: MessageEvent<Answer>) => {
      if (answer.kind === "failed") onFailure(answer.text);
      else if (answer.kind === "batch") {
        if (answer.id === this.waiting?.id) this.waiting.onBatch(answer);
      } else if (answer.kind !== "ready") onFlow(answer);
      else {
        this.backend = answer.backend === "wasm" ? "WebAssembly" : "plain JavaScript";
        onReady();
      }
    };
    // Which backend computes can be chosen by the address: playground.html#backend=cpu
    const backend = new URLSearchParams(location.hash.slice(1)).get("backend");
    this.send({ kind: "begin", data: given, backend });
  }

  /** Takes the place of the question before, if that is still open. */
  ask(question: Pick<Extract<Question, { kind: "classify" }>, "network" | "routes">, listener: Listener): void {
    this.waiting?.onReplaced?.();
    this.last++;
    this.waiting = { id: this.last, ...listener };
    this.send({ kind: "classify", id: this.last, ...question });
  }

  send(question: Question): void {
    this.worker.postMessage(question);
  }
}

/** What a network does on a cut: what each image is taken for, as far as it is computed. */
interface Outcome {
  readonly taken: number[];
  milliseconds: number;
}

/** A network with what the reader has done to it. */
interface Specimen {
  readonly anatomy: Anatomy;
  readonly picture: Picture;
  readonly place: HTMLElement;
  cut: Cut;
  selected: number | null;
  /** All deletable blocks in the order in which the slider deletes them. */
  drawn: number[];
  readonly outcomes: Map<string, Outcome>;
  /** Cuts that were tried, the last one last. */
  readonly tried: { readonly share: number; readonly tau: number; readonly error: number }[];
  /** Test errors (%) with each block alone deleted, once they are asked for. */
  singles: ReadonlyMap<number, number> | null;
}

const specimens: Specimen[] = data.networks.map(({ architecture }) => {
  const anatomy = anatomyOf(architecture);
  const place = document.createElement("div");
  const actions = {
    toggle: (block: number) => toggle(block),
    move: (block: number, to: number) => change(moved(anatomy, current().cut, block, to)),
    select(block: number) {
      current().selected = block;
      showSelected();
    },
  };
  const none = { cut: intact(architecture), selected: null, drawn: [], outcomes: new Map(), tried: [], singles: null };
  return { anatomy, place, picture: new Picture(place, anatomy, actions), ...none };
});

let shown = 0;
/** What the reader predicted for the cut that is hidden, or that was revealed last; null where nothing was. */
let prediction: number | null = null;
let hidden = false;
const misses: number[] = [];

const current = () => specimens[shown]!;
const isIntact = ({ order, deleted }: Cut) => deleted.size === 0 && order.every((block, place) => block === place);
const keyOf = ({ order, deleted }: Cut) => `${order.join(" ")} without ${[...deleted].sort().join(" ")}`;
const isWhole = ({ taken }: Outcome) => taken.length === data.images.count;
const wrongIn = ({ taken }: Pick<Outcome, "taken">) =>
  taken.filter((label, i) => label !== data.images.labels[i]).length;
const errorOf = (outcome: Pick<Outcome, "taken">) => (100 * wrongIn(outcome)) / outcome.taken.length;
const percent = (value: number) => `${value.toFixed(1)} %`;
const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? "" : "s"}`;

const engine = new Engine(
  data,
  () => {
    document.documentElement.dataset.ready = "";
    choose(0);
  },
  (text) => {
    element("error-text").textContent = `This page cannot compute here: ${text}`;
  },
  () => {},
);

function choose(network: number): void {
  shown = network;
  element("picture").replaceChildren(current().place);
  for (const [i, choice] of networkChoices.entries()) choice.checked = i === network;
  const { anatomy, cut } = current();
  const deletions = element<HTMLInputElement>("deletions");
  deletions.max = String(anatomy.deletable.size);
  const { mostInversions } = blockOrders(anatomy.architecture);
  const shuffling = element<HTMLInputElement>("shuffling");
  shuffling.max = String(mostInversions);
  shuffling.disabled = mostInversions === 0;
  element("skips").textContent = {
    residual: "Arcs are the skips. A deleted block leaves its skip.",
    plain: "No skips: where a block is deleted, its input goes on unchanged.",
    "VGG-style": "No skips: where a block is deleted, its input goes on unchanged.",
  }[anatomy.kind];
  showSelected();
  change(cut);
}

function toggle(block: number): void {
  const { anatomy, cut } = current();
  const { name } = anatomy.architecture.blocks[block]!;
  if (anatomy.deletable.has(block)) change(toggled(cut, block));
  else say(`${inWords(name)} cannot be deleted: it changes the shape, and has no skip.`);
}

/** Shows a cut, and computes it where it is new. */
function change(cut: Cut): void {
  const specimen = current();
  specimen.cut = cut;
  specimen.picture.show(cut);
  const { anatomy, outcomes } = specimen;
  const deletions = element<HTMLInputElement>("deletions");
  deletions.value = String(cut.deleted.size);
  element("deletions-text").textContent = `${cut.deleted.size} of ${anatomy.deletable.size}`;
  deletions.setAttribute("aria-valuetext", `${cut.deleted.size} of ${anatomy.deletable.size} blocks`);
  const shuffling = element<HTMLInputElement>("shuffling");
  shuffling.value = String(inversionsOf(cut));
  element("shuffling-text").textContent = `τ = ${tauOf(cut).toFixed(2)}`;
  shuffling.setAttribute("aria-valuetext", `Kendall's tau ${tauOf(cut).toFixed(2)}`);
  element<HTMLButtonElement>("restore").disabled = isIntact(cut);
  hidden = element<HTMLInputElement>("predict").checked && !isIntact(cut);
  prediction = null;
  const known = outcomes.get(keyOf(cut));
  showPaths();
  if (known !== undefined) {
    show(known);
    finish(known);
    return;
  }
  const outcome: Outcome = { taken: [], milliseconds: 0 };
  show(outcome);
  engine.ask(
    { network: shown, routes: [routeOf(anatomy, cut)] },
    {
      onBatch({ taken, milliseconds }) {
        outcome.taken.push(...taken[0]!);
        outcome.milliseconds = milliseconds;
        if (isWhole(outcome)) outcomes.set(keyOf(cut), outcome);
        show(outcome);
        if (isWhole(outcome)) finish(outcome);
      },
    },
  );
}

/** What follows once all images of the shown cut are classified. */
function finish(outcome: Outcome): void {
  if (hidden) {
    say("Predict the test error, then reveal it.");
    return;
  }
  const { cut, tried, anatomy } = current();
  if (!isIntact(cut))
    tried.push({ share: cut.deleted.size / anatomy.deletable.size, tau: tauOf(cut), error: errorOf(outcome) });
  showFigures();
  const done = [
    ...(cut.deleted.size > 0 ? [`${count(cut.deleted.size, "block")} deleted`] : []),
    ...(inversionsOf(cut) > 0 ? [`Kendall's tau ${tauOf(cut).toFixed(2)}`] : []),
  ];
  const predicted = prediction === null ? "" : ` You predicted ${prediction} %.`;
  say(
    `${done.length > 0 ? done.join(", ") : "intact network"}: test error ${percent(errorOf(outcome))}, ` +
      `${wrongIn(outcome)} of ${data.images.count} images wrong.${predicted}`,
  );
}

/** Shows how a cut does, as far as it is computed. */
function show(outcome: Outcome): void {
  const { cut, anatomy, outcomes } = current();
  const whole = isWhole(outcome);
  element("result").classList.toggle("hidden-result", hidden);
  element("result").setAttribute("aria-busy", String(!whole));
  element("guess").hidden = !hidden;
  const before = outcomes.get(keyOf(intact(anatomy.architecture)));
  const baseline = before === undefined ? null : errorOf(before);
  if (hidden) {
    element("error").textContent = "?";
    element("error-text").textContent = "What do you expect? Set the slider, then reveal.";
  } else if (outcome.taken.length === 0) {
    element("error").textContent = "…";
    element("error-text").textContent = "computing";
  } else {
    const error = errorOf(outcome);
    element("error").textContent = percent(error);
    const rise = baseline === null || isIntact(cut) ? "" : `, ${percent(baseline)} before the cut`;
    element("error-text").textContent =
      `${wrongIn(outcome)} of ${count(outcome.taken.length, "test image")} wrong${rise}`;
  }
  element("miss").textContent =
    prediction === null || hidden || !whole
      ? ""
      : `You predicted ${prediction} %: ${Math.abs(prediction - errorOf(outcome)).toFixed(1)} points off. Mean over ${count(
          misses.length,
          "prediction",
        )}: ${(misses.reduce((sum, miss) => sum + miss, 0) / misses.length).toFixed(1)} points.`;
  element("time").textContent =
    whole && !hidden
      ? `Computed on this page in ${(outcome.milliseconds / 1000).toFixed(2)} s (${engine.backend})`
      : "\u00a0";
  placeOn("mark-error", hidden || outcome.taken.length === 0 ? null : errorOf(outcome));
  placeOn("mark-intact", baseline);
  placeOn("mark-guess", hidden || prediction === null ? null : prediction);
  showMisread(outcome);
}

/** Puts a mark on the scale from 0 to 100 %. */
function placeOn(id: string, error: number | null): void {
  const mark = element(id);
  mark.hidden = error === null;
  mark.style.setProperty("--at", String((error ?? 0) / 100));
}

function showPaths(): void {
  const { anatomy, cut } = current();
  const { all, left } = paths(anatomy, cut);
  const total = (counts: readonly bigint[]) => counts.reduce((sum, one) => sum + one, 0n);
  const [before, after] = [total(all), total(left)];
  const deleted = cut.deleted.size;
  const remaining = anatomy.architecture.blocks.length - deleted;
  if (anatomy.kind !== "residual") {
    const broken = "None is left: what runs now is a path that was never trained.";
    element("paths-text").textContent =
      `Without skips there is one path, through every block. ${deleted > 0 ? broken : ""}`;
    element("paths-figure").replaceChildren();
    return;
  }
  const share = deleted === 0 ? "" : `: 1 in ${(2 ** deleted).toLocaleString("en")}`;
  element("paths-text").textContent =
    `${after.toLocaleString("en")} of ${before.toLocaleString("en")} paths are left${share}. ` +
    `Their lengths are binomial: ${remaining} blocks, each taken or skipped, ${remaining / 2} on average.`;
  const most = Math.max(...all.map(Number));
  element("paths-figure").innerHTML = barFigure({
    description: `Paths by length: ${after} of ${before} are left, with a mean length of ${remaining / 2} blocks.`,
    x: { label: "length of the path (blocks)", names: all.map((_, length) => String(length)) },
    y: { label: "paths (% of the largest bar)", from: 0, to: 100, ticks: [0, 50, 100] },
    bars: all.map((one, i) => ({ heights: [one, left[i]!].map((counted) => (100 * Number(counted)) / most) })),
  });
}

function showFigures(): void {
  const { anatomy, tried, singles } = current();
  const { name } = anatomy.architecture;
  const marks = (x: (one: (typeof tried)[number]) => number): Drawn => ({
    ...{ kind: "cuts", label: "your cuts", x: tried.map(x), y: tried.map(({ error }) => error) },
  });
  const own = (curve: PageData["deletions"][string] | undefined): Drawn[] =>
    curve === undefined ? [] : [{ ...curve, kind: "own", label: name }];
  const isResidual = anatomy.kind === "residual";
  const level = (error: number): Drawn => ({ kind: "paper", label: "paper", x: [0, 100], y: [error, error] });
  const shares = data.deletions[name];
  const blocks = anatomy.deletable.size;
  const curve = shares && { x: shares.x.map((deleted) => (100 * deleted) / blocks), y: shares.y };
  element("deletions-figure").innerHTML = lineFigure({
    description: `Test error by share of deleted blocks: the run's mean, your ${count(tried.length, "cut")}, and the paper's values.`,
    x: { label: "deleted blocks (%)", from: -3, to: 100, ticks: [0, 25, 50, 75, 100] },
    drawn: [...own(curve), ...(isResidual ? [] : [level(guessing)]), marks(({ share }) => 100 * share)],
    ranges: isResidual
      ? [
          { x: 0, low: paper.base[0], high: paper.base[1] },
          ...paper.deletedOf54.map(({ blocks: deleted, low, high }) => ({ x: (100 * deleted) / 54, low, high })),
        ]
      : [],
  });
  const lowest = Math.min(0.4, ...(data.reorderings[name]?.x ?? []), ...tried.map(({ tau }) => tau));
  const from = Math.floor(10 * lowest) / 10;
  element("reordering-figure").innerHTML = lineFigure({
    description: `Test error by Kendall's tau: the run's mean and your ${count(tried.length, "cut")}; the paper's range of tau is shaded.`,
    x: {
      label: "Kendall's τ of the order",
      ...{
        from: 1 + 0.03 * (1 - from),
        to: from,
        ticks: Array.from({ length: 11 }, (_, i) => 1 - i / 5).filter((tick) => tick >= from),
      },
      text: (tick) => tick.toFixed(1),
    },
    drawn: [...own(data.reorderings[name]), marks(({ tau }) => tau)],
    ...(isResidual ? { shaded: paper.tau } : {}),
  });
  element("deletions-paper").textContent = isResidual
    ? "Bars: the paper, roughly (fig. 5a). Its curve has no cliff."
    : "Dashed: the paper, whichever one VGG layer is deleted (fig. 3).";
  element("reordering-paper").textContent = isResidual
    ? "Shaded: the paper's range; its error rises smoothly (fig. 5b)."
    : "The paper reorders residual networks alone.";
  element("singles-paper").textContent = isResidual
    ? "Dashed: the paper, about its base of 6 to 7 %; hollow: blocks that change the shape, which it finds dearer (fig. 3)."
    : "Dashed: the paper, about 90 % (fig. 3).";
  element("singles-figure").innerHTML = singles === null ? "" : singlesFigure(anatomy, singles);
}

/** A bar for each block: the test error without it. */
function singlesFigure({ architecture, changesShape, kind }: Anatomy, singles: ReadonlyMap<number, number>): string {
  const named = [...singles].map(([block, error]) => `${inWords(architecture.blocks[block]!.name)}, ${percent(error)}`);
  return barFigure({
    description: `Test error with one block deleted: ${named.join("; ")}.`,
    x: { label: "deleted block", names: [...singles.keys()].map((block) => String(block + 1)) },
    y: { label: "test error (%)", from: 0, to: 100, ticks: [0, 25, 50, 75, 100] },
    bars: [...singles].map(([block, error]) => ({ heights: [error], hollow: changesShape.has(block) })),
    across: kind === "residual" ? (paper.base[0] + paper.base[1]) / 2 : guessing,
  });
}

/** The first images that are taken for something else, in a few of the sizes of a stamp. */
function showMisread(outcome: Outcome): void {
  const place = element("misread");
  element("misread-text").textContent = hidden ? "Hidden until you reveal them." : "";
  if (hidden) {
    place.replaceChildren();
    return;
  }
  const { images, labels, height, width, channels } = data.images;
  const wrong = outcome.taken.flatMap((label, i) => (label === labels[i] ? [] : [{ label, i }])).slice(0, 12);
  if (wrong.length === 0 && outcome.taken.length > 0) element("misread-text").textContent = "None.";
  place.replaceChildren(
    ...wrong.map(({ label, i }) => {
      const stamp = document.createElement("figure");
      const canvas = document.createElement("canvas");
      const [truth, taken] = [classes[labels[i]!]!, classes[label]!];
      Object.assign(canvas, { width, height });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `test image ${i + 1}: ${truth}, taken for ${taken}`);
      const pixels = new ImageData(width, height);
      for (let pixel = 0; pixel < width * height; pixel++) {
        const at = (i * width * height + pixel) * channels;
        for (let channel = 0; channel < 3; channel++) {
          pixels.data[4 * pixel + channel] = images[at + Math.min(channel, channels - 1)]!;
        }
        pixels.data[4 * pixel + 3] = 255;
      }
      canvas.getContext("2d")!.putImageData(pixels, 0, 0);
      const caption = document.createElement("figcaption");
      caption.textContent = `${truth} → ${taken}`;
      stamp.append(canvas, caption);
      return stamp;
    }),
  );
}

function showSelected(): void {
  const { anatomy, selected, cut } = current();
  const name = selected === null ? null : inWords(anatomy.architecture.blocks[selected]!.name);
  const can = (step: -1 | 1) => selected !== null && neighbour(anatomy, cut, selected, step) !== null;
  const isStuck = selected !== null && !anatomy.group.has(selected);
  element("selected").textContent =
    name === null
      ? "Drag a block within its stage, or choose one:"
      : isStuck
        ? `${name} stays in its place:`
        : `Move ${name}:`;
  element<HTMLButtonElement>("earlier").disabled = !can(-1);
  element<HTMLButtonElement>("later").disabled = !can(1);
}

function step(by: -1 | 1): void {
  const { anatomy, cut, selected } = current();
  const other = selected === null ? null : neighbour(anatomy, cut, selected, by);
  if (selected === null || other === null) return;
  change(moved(anatomy, cut, selected, other));
  showSelected();
}

function say(text: string): void {
  element("said").textContent = text;
}

function deleteRandomly(deleted: number): void {
  const specimen = current();
  const blocks = [...specimen.anatomy.deletable];
  if (specimen.drawn.length === 0) specimen.drawn = chance.shuffle([...blocks]);
  change({ ...specimen.cut, deleted: new Set(specimen.drawn.slice(0, deleted)) });
}

/** Deletes each block of the network in turn, all routes at once. */
function sweep(): void {
  const [network, specimen] = [shown, current()];
  const { anatomy, cut, outcomes } = specimen;
  if (!outcomes.has(keyOf(cut))) {
    say("The cut is still being computed.");
    return;
  }
  const blocks = [...anatomy.deletable];
  const taken: number[][] = blocks.map(() => []);
  const button = element<HTMLButtonElement>("sweep");
  const end = () => {
    button.removeAttribute("aria-disabled");
    button.textContent = "Delete each block in turn";
  };
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Computing …";
  const routes = blocks.map((block) => routeOf(anatomy, toggled(intact(anatomy.architecture), block)));
  engine.ask(
    { network, routes },
    {
      onReplaced: end,
      onBatch(batch) {
        batch.taken.forEach((labels, i) => {
          taken[i]!.push(...labels);
        });
        specimen.singles = new Map(blocks.map((block, i) => [block, errorOf({ taken: taken[i]! })]));
        showFigures();
        if (taken[0]!.length < data.images.count) return;
        end();
        say(`Each block deleted in turn, in ${(batch.milliseconds / 1000).toFixed(1)} s.`);
      },
    },
  );
}

const networkChoices = [...document.querySelectorAll<HTMLInputElement>('input[name="network"]')];
for (const [i, choice] of networkChoices.entries()) choice.addEventListener("change", () => choose(i));
element<HTMLInputElement>("deletions").addEventListener("input", ({ target }) =>
  deleteRandomly(Number((target as HTMLInputElement).value)),
);
element("draw").addEventListener("click", () => {
  const specimen = current();
  const { deletable } = specimen.anatomy;
  specimen.drawn = [];
  const deleted = sampleBlocks([...deletable], Math.max(1, specimen.cut.deleted.size), chance);
  specimen.drawn = [...deleted, ...chance.shuffle([...deletable].filter((block) => !deleted.includes(block)))];
  deleteRandomly(deleted.length);
});
element<HTMLInputElement>("shuffling").addEventListener("input", ({ target }) => {
  const { anatomy, cut } = current();
  const order = blockOrders(anatomy.architecture).sample(Number((target as HTMLInputElement).value), chance);
  change({ ...cut, order });
});
element("earlier").addEventListener("click", () => step(-1));
element("later").addEventListener("click", () => step(1));
element("restore").addEventListener("click", () => change(intact(current().anatomy.architecture)));
element("sweep").addEventListener("click", () => {
  if (element("sweep").getAttribute("aria-disabled") !== "true") sweep();
});
element("predict").addEventListener("change", () => change(current().cut));
element<HTMLInputElement>("prediction").addEventListener("input", ({ target }) => {
  element("prediction-text").textContent = `${(target as HTMLInputElement).value} %`;
});
element("reveal").addEventListener("click", () => {
  const outcome = current().outcomes.get(keyOf(current().cut));
  if (outcome === undefined) {
    say("The cut is still being computed.");
    return;
  }
  prediction = Number(element<HTMLInputElement>("prediction").value);
  misses.push(Math.abs(prediction - errorOf(outcome)));
  hidden = false;
  show(outcome);
  finish(outcome);
  element("predict").focus();
});

// The equations have a worker of their own, which is started once they are asked for: cuts need not wait for it.
let flowEngine: Engine | undefined;
const onFlow = flowTab({
  element,
  say,
  ask(question) {
    const failed = (text: string) => {
      element("flow-error-text").textContent = `This page cannot compute here: ${text}`;
    };
    flowEngine ??= new Engine(
      { ...data, networks: [] },
      () => {},
      failed,
      (answer) => onFlow(answer),
    );
    flowEngine.send(question);
  },
});

const tabs = [...document.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
function openTab(tab: HTMLButtonElement): void {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    element(one.getAttribute("aria-controls")!).hidden = one !== tab;
  }
}
for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by === undefined) return;
    const next = tabs[(i + by + tabs.length) % tabs.length]!;
    openTab(next);
    next.focus();
  });
}
