/** A cell, as far as its place among the arrays goes. */
export interface ArrayCell {
  /** The network that it asks for. */
  readonly network: { readonly id: string } | null;
}

/** An element of an array that Slurm has. */
export interface ElementPlace {
  readonly job: string;
  readonly index: number;
}

/** A job array that is to be submitted. */
export interface PlannedArray<Cell> {
  /**
   * The array that this one waits for element by element: the element of an index begins when that of the same index there
   * has succeeded. It is a job of Slurm, or one of these arrays, by its place among them. Null where nothing is waited for.
   */
  readonly after: { readonly job: string } | { readonly array: number } | null;
  /** By ascending index. */
  readonly elements: readonly { readonly index: number; readonly cell: Cell }[];
}

export interface ArraysOptions {
  /** Networks that are in the store. */
  readonly trained: ReadonlySet<string>;
  /** Elements that train networks already, of this run or another; one element trains one network. */
  readonly underWay: ReadonlyMap<string, ElementPlace>;
  /** How many indices an array may have, from 0. */
  readonly largest: number;
}

/**
 * Spreads cells over job arrays so that no element waits, in a node's time, for a network that another trains.
 *
 * The first cell that asks for a network trains it, so the cells that wait for nothing are in one array, and each further
 * cell of a network bears the index of that first one in an array behind it: Slurm's `aftercorr` lets an element begin when
 * the one of its index has succeeded, not when the whole array has. With the trainings in an array of their own each
 * network's first measurement would have to queue a second time.
 */
export function arraysOf<Cell extends ArrayCell>(
  cells: readonly Cell[],
  { trained, underWay, largest }: ArraysOptions,
): PlannedArray<Cell>[] {
  const leaders: Cell[] = [];
  const trainings: Training<Cell>[] = []; // one for each leader
  const byNetwork = new Map<string, Training<Cell>>();
  const byJob = new Map<string, Training<Cell>[]>();
  for (const cell of cells) {
    const network = cell.network === null || trained.has(cell.network.id) ? null : cell.network.id;
    const known = network === null ? undefined : byNetwork.get(network);
    if (known !== undefined) {
      known.followers.push(cell);
      continue;
    }
    const place = network === null ? undefined : underWay.get(network);
    const training: Training<Cell> =
      place === undefined
        ? { index: leaders.length % largest, followers: [] }
        : { index: place.index, followers: [cell] };
    if (network !== null) byNetwork.set(network, training);
    if (place === undefined) {
      leaders.push(cell);
      trainings.push(training);
    } else byJob.set(place.job, [...(byJob.get(place.job) ?? []), training]);
  }

  const arrays: PlannedArray<Cell>[] = [];
  for (let begin = 0; begin < leaders.length; begin += largest) {
    const after = { array: arrays.length };
    const first = leaders.slice(begin, begin + largest);
    arrays.push({ after: null, elements: first.map((cell, index) => ({ index, cell })) });
    arrays.push(...waves(trainings.slice(begin, begin + largest), after));
  }
  for (const [job, waitedFor] of byJob) arrays.push(...waves(waitedFor, { job }));
  return arrays;
}

/** The training of a network by an element of some array. */
interface Training<Cell> {
  /** Of that element. */
  readonly index: number;
  /** Cells that wait for it. */
  readonly followers: Cell[];
}

/** Arrays of the cells that wait for trainings: in each array one cell of each. */
function waves<Cell>(trainings: readonly Training<Cell>[], after: PlannedArray<Cell>["after"]): PlannedArray<Cell>[] {
  const inOrder = [...trainings].sort((one, other) => one.index - other.index);
  const count = Math.max(0, ...trainings.map(({ followers }) => followers.length));
  return Array.from({ length: count }, (_, wave) => ({
    after,
    elements: inOrder.flatMap(({ index, followers }) =>
      followers.slice(wave, wave + 1).map((cell) => ({ index, cell })),
    ),
  }));
}
