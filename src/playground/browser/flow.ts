/** The tab of the differential equations: what is learned, and what other depths and step sizes make of it. */
import { type FlowAnswer, type FlowQuestion, flowLayers, regionSide } from "../page-data";
import { type Drawn, lineFigure } from "./charts";

type Learned = Extract<FlowAnswer, { kind: "learned" }>;
type Solved = Extract<FlowAnswer, { kind: "solved" }>;

/** How the tab speaks to the rest of the page. */
interface FlowPage {
  element<Kind extends HTMLElement = HTMLElement>(id: string): Kind;
  ask(question: FlowQuestion): void;
  say(text: string): void;
}

/** Factors of the step size that the slider offers, by powers of the square root of two. */
const stepFactorAt = (place: number) => 2 ** (place / 2);

/** Connects the tab's controls. @returns takes the answers */
export function flowTab({ element, ask, say }: FlowPage): (answer: FlowAnswer) => void {
  let learned: Learned | null = null;
  const input = (id: string) => element<HTMLInputElement>(id);
  const setting = () => ({
    layers: 2 ** Number(input("flow-layers").value),
    stepFactor: stepFactorAt(Number(input("flow-step").value)),
  });
  const words = () => {
    const { layers, stepFactor } = setting();
    element("flow-layers-text").textContent = `${layers} layers`;
    element("flow-step-text").textContent = `h × ${Number(stepFactor.toPrecision(2))}`;
  };
  const solve = () => {
    words();
    if (learned !== null) ask({ kind: "solve", ...setting() });
  };
  element("flow-learn").addEventListener("click", () => {
    if (element("flow-learn").getAttribute("aria-disabled") === "true") return;
    element("flow-learn").setAttribute("aria-disabled", "true");
    const problem = element<HTMLSelectElement>("flow-problem").value as "spirals" | "ellipses" | "swiss roll";
    const weights = element<HTMLSelectElement>("flow-weights").value as "free" | "piecewise linear";
    ask({ kind: "learn", problem, weights });
  });
  for (const id of ["flow-layers", "flow-step"]) input(id).addEventListener("input", solve);
  words();

  const draw = ({ layers, stepFactor, error }: Solved, { depths, steps }: Learned) => {
    const own = (curve: Learned["depths"]): Drawn => ({
      ...{ kind: "own", label: "learned", x: curve.x.map(Math.log2), y: curve.y },
    });
    const mark = (x: number): Drawn => ({ kind: "cuts", label: "chosen", x: [x], y: [error] });
    element("flow-depth-figure").innerHTML = lineFigure({
      description: `Test error by number of layers, the time kept: ${depths.x.map((one, i) => `${one}: ${depths.y[i]!.toFixed(1)} %`).join("; ")}.`,
      x: {
        ...{
          label: "layers, time kept",
          from: 2,
          to: 7,
          ticks: [2, 3, 4, 5, 6, 7],
          text: (power) => String(2 ** power),
        },
      },
      drawn: [own(depths), ...(stepFactor === 1 ? [mark(Math.log2(layers))] : [])],
    });
    element("flow-step-figure").innerHTML = lineFigure({
      description: `Test error by step size, ${flowLayers} layers kept: ${steps.x.map((one, i) => `${one}: ${steps.y[i]!.toFixed(1)} %`).join("; ")}.`,
      x: {
        ...{ label: "step size (trained = 1), layers kept", from: -3, to: 3, ticks: [-3, -2, -1, 0, 1, 2, 3] },
        text: (power) => (power < 0 ? `1/${2 ** -power}` : String(2 ** power)),
      },
      drawn: [own(steps), ...(layers === flowLayers ? [mark(Math.log2(stepFactor))] : [])],
    });
  };

  return (answer) => {
    if (answer.kind === "learning") {
      element("flow-error-text").textContent = `learning: ${answer.done} of ${answer.total} steps`;
      return;
    }
    if (answer.kind === "learned") {
      learned = answer;
      element("flow-learn").removeAttribute("aria-disabled");
      solve();
      return;
    }
    const { error, taken, labels, layers, stepFactor } = answer;
    const wrong = taken.filter((label, i) => label !== labels[i]).length;
    element("flow-error").textContent = `${error.toFixed(1)} %`;
    const asTrained = layers === flowLayers && stepFactor === 1 ? ", run as trained" : "";
    element("flow-error-text").textContent = `${wrong} of ${labels.length} test points wrong${asTrained}`;
    element("flow-region").innerHTML = regionFigure(answer);
    draw(answer, learned!);
    say(`Test error ${error.toFixed(1)} % with ${layers} layers and the step size times ${stepFactor.toFixed(2)}.`);
  };
}

/** Points that are drawn; the others are counted. */
const drawnPoints = 200;

/** Where the network decides for the second class, shaded, and test points of both. */
function regionFigure({ region, inputs, labels, error }: Solved): string {
  const side = 300;
  const cell = side / regionSide;
  const runs: string[] = [];
  for (let row = 0; row < regionSide; row++) {
    for (let column = 0; column < regionSide; ) {
      let end = column;
      while (end < regionSide && region[row * regionSide + end] === 1) end++;
      if (end > column) runs.push(`M${column * cell} ${row * cell}h${(end - column) * cell}v${cell}H${column * cell}z`);
      column = end + 1;
    }
  }
  const points = labels.slice(0, drawnPoints).map((label, i) => {
    const [x, y] = [inputs[2 * i]!, inputs[2 * i + 1]!].map((value) => (side * (value + 1)) / 2) as [number, number];
    return `<circle class="${label === 1 ? "point second" : "point"}" cx="${x.toFixed(1)}" cy="${(side - y).toFixed(1)}" r="3"/>`;
  });
  return `<svg viewBox="0 0 ${side} ${side}" role="img" aria-label="The square of points, shaded where the network decides for the filled class; ${error.toFixed(1)} % of the test points are on the wrong side."><path class="region" d="${runs.join("")}"/>${points.join("")}</svg>`;
}
