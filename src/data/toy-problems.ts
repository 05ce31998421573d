/**
 * Problems of the plane that are generated from a seed: what a network learns on them can be looked at.
 *
 * All lie in the square [-1, 1]^2, so that noise of one size means the same for all of them.
 */
import { type RandomStream, randomStream } from "../random";

export const toyProblemNames = ["spirals", "ellipses", "swiss roll", "peaks"] as const;

/**
 * - `spirals`: two that wind around each other, a half turn apart (after Lang & Witbrock 1988, Proc. Connectionist Models
 *   Summer School, with two turns instead of three)
 * - `ellipses`: one inside the other, touching; `swiss roll`: two spirals of the same angles, one outside the other;
 *   `peaks`: five bands of equal height of a smooth function (all three: Haber & Ruthotto 2017, arXiv:1705.03341, sec. 5)
 */
type ToyProblemName = (typeof toyProblemNames)[number];

/** Labelled points of the plane. */
interface ToyPoints {
  /** [count, 2], in [-1, 1] */
  readonly inputs: Float32Array;
  /** Class index of each point, [count]. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly classes: number;
}

interface ToyProblemOptions {
  /** Points in all: the classes come in turn, so that they are as large as each other to within one. */
  readonly count: number;
  readonly seed: number;
  /** Name of the draw: "training" and "test" points of one seed have nothing in common. */
  readonly part: string;
}

type Point = readonly [x: number, y: number];

/** Radius at which the two spirals begin: 0.4 of 6.5 in the source. */
const innerRadius = 0.4 / 6.5;
/** Least and largest value of `peaksFunction` on [-3, 3]^2, rounded outwards. */
const peaksRange = [-6.5512, 8.1063] as const;
const peaksBands = 5;

const problems: Readonly<
  Record<ToyProblemName, { classes: number; sample: (label: number, s: RandomStream) => Point }>
> = {
  spirals: {
    classes: 2,
    sample(label, stream) {
      const along = Math.sqrt(stream.uniform()); // of equal density along the arc
      return polar(innerRadius + (1 - innerRadius) * along, Math.PI * (4 * along + label));
    },
  },
  ellipses: {
    classes: 2,
    sample(label, stream) {
      const [x, y] = polar((label + stream.uniform()) / 2, 2 * Math.PI * stream.uniform());
      return [x, 0.4 * y];
    },
  },
  "swiss roll": {
    classes: 2,
    sample(label, stream) {
      const along = stream.uniform();
      return polar((along + 0.2 * label) / 1.2, 4 * Math.PI * along);
    },
  },
  peaks: {
    classes: peaksBands,
    sample(label, stream) {
      for (;;) {
        const [x, y] = [2 * stream.uniform() - 1, 2 * stream.uniform() - 1];
        if (peaksBand(3 * x, 3 * y) === label) return [x, y]; // the smallest band holds 2.8 % of the square
      }
    },
  },
};

/** How many classes a problem has. */
export function toyProblemClasses(name: ToyProblemName): number {
  return problems[name].classes;
}

/**
 * Points of a problem: point i is of class i modulo the number of classes, and does not depend on how many are sampled.
 *
 * @throws RangeError when count is not a whole number >= 1
 */
export function sampleToyProblem(name: ToyProblemName, { count, seed, part }: ToyProblemOptions): ToyPoints {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`need a whole number >= 1 of points, got ${count}`);
  const { classes, sample } = problems[name];
  const stream = randomStream(seed, "data", name, part);
  const inputs = new Float32Array(2 * count);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  for (let i = 0; i < count; i++) inputs.set(sample(labels[i]!, stream), 2 * i);
  return { inputs, labels, count, classes };
}

/**
 * The function named peaks in MATLAB, on [-3, 3]^2: three hills and two hollows, from -6.55 to 8.11.
 *
 * 3 (1 - x)^2 e^(-x^2 - (y + 1)^2) - 10 (x/5 - x^3 - y^5) e^(-x^2 - y^2) - e^(-(x + 1)^2 - y^2) / 3
 */
export function peaksFunction(x: number, y: number): number {
  return (
    3 * (1 - x) ** 2 * Math.exp(-(x ** 2) - (y + 1) ** 2) -
    10 * (x / 5 - x ** 3 - y ** 5) * Math.exp(-(x ** 2) - y ** 2) -
    Math.exp(-((x + 1) ** 2) - y ** 2) / 3
  );
}

/** Which of the five bands of equal height, from below, the function's value at a point lies in: 0 to 4. */
function peaksBand(x: number, y: number): number {
  const [least, largest] = peaksRange;
  const band = Math.floor((peaksBands * (peaksFunction(x, y) - least)) / (largest - least));
  return Math.min(peaksBands - 1, Math.max(0, band));
}

function polar(radius: number, angle: number): Point {
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
