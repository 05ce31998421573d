/**
 * A cell of an experiment, and what it works with: its trained network and data, seeded streams, and a way to say how far it is.
 */
import { setImmediate } from "node:timers/promises";
import type { Dataset, DatasetName, ImageSet } from "../data";
import { type Architecture, disposeNetwork, type Network, type Route } from "../networks";
import { type RandomStream, randomStream } from "../random";
import { cellOptions, type EvaluateOptions, evaluate, type RouteResult } from "../routes";
import { type PreparedImages, prepareImages, type Trained, type TrainingPlan } from "../training";
import type { RowValue } from "./columns";

/** A cell's setting: what tells it from the experiment's other cells. Always holds its seed. */
export type Setting = Readonly<Record<string, RowValue>> & { readonly seed: number };

/** A cell in words, its seed last: "network resnet20, seed 1". */
export function cellName({ seed, ...setting }: Setting): string {
  return [...Object.entries(setting).map(([name, value]) => `${name} ${value}`), `seed ${seed}`].join(", ");
}

/** What a cell may ask of the harness while it is measured. */
export interface CellRun {
  /** The run's data set, read once a worker. */
  data(): Promise<Dataset>;
  /** Throws where the experiment declares no data set. */
  readonly dataName: DatasetName;
  /**
   * The trained network of a plan, with loss and accuracy on its way: taken from the model store, resumed from its last
   * checkpoint, or trained now and stored. The caller disposes the network.
   */
  trained(plan: TrainingPlan): Promise<Trained>;
  /** That its networks are trained and run in: float32 where it is not there. */
  readonly precision?: NonNullable<TrainingPlan["precision"]>;
  /** Tells the person at the screen how far this cell is. */
  progress(report: Progress): void;
  /**
   * Aborted when the run is to stop. Long work looks at it after every step (`signal.throwIfAborted()`): what it throws
   * then is taken for an interruption, not for a failure. It must let the event loop turn to see it change.
   */
  readonly signal: AbortSignal;
}

/** How far a cell is. */
export interface Progress {
  /** "training resnet32", "deleting blocks". */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Figures of the moment: "loss 0.31, accuracy 91.2 %, 1,830 images/s". */
  readonly note?: string;
}

/** What `measure` gets beside its cell and the parameters. */
export interface Measuring {
  /**
   * The cell's network: out of the store, resumed, or trained now, with the images that it was trained on and is tested on.
   * It is disposed when `measure` ends.
   *
   * @throws whatever the training throws: a diverged one among it (see `divergedAt`)
   */
  trained(): Promise<Study>;
  /** The plan of that network, for an experiment that trains by itself. */
  plan(): Promise<TrainingPlan>;
  /** The run's data set, read once a worker. */
  data(): Promise<Dataset>;
  /** The named stream of the cell's seed. */
  random(...names: (string | number)[]): RandomStream;
  /**
   * Says how far the cell is, lets the event loop turn, and stops the cell where the run is to stop.
   *
   * @param phase what is being done: "resnet32: deleting one block"
   */
  progress(phase: string, done: number, total: number): Promise<void>;
  /** Progress and interruption in the form that long functions of other rooms take. */
  readonly watched: Pick<CellRun, "progress" | "signal">;
}

/** A trained network, the images that it sees, and its evaluation by routes. */
export interface Study extends Trained, PreparedImages {
  readonly network: Network;
  readonly architecture: Architecture;
  readonly plan: TrainingPlan;
  /**
   * Errors of many routes on the same images (see `evaluate` of routes), telling how far it is.
   *
   * @param what for the screen: "deleting one block"
   */
  evaluate(routes: readonly Route[], images: ImageSet, what: string): Promise<RouteResult[]>;
  /** Options for other functions that evaluate: channel statistics, progress and interruption. */
  options(what: string): Required<Omit<EvaluateOptions, "batchSize">>;
}

/** The parts of an experiment that determine a cell's rows. */
export interface MeasuredExperiment<Cell extends Setting, Parameters, Row> {
  network?(cell: Cell, parameters: Parameters, images: ImageSet): TrainingPlan | null;
  measure(run: Measuring, cell: Cell, parameters: Parameters): Promise<readonly Row[]> | readonly Row[];
}

/** The plan of a cell's network in the run's precision; null for a cell without one. */
export function plannedTraining<Cell extends Setting, Parameters, Images>(
  { network }: { network?(cell: Cell, parameters: Parameters, images: Images): TrainingPlan | null },
  cell: Cell,
  parameters: Parameters,
  images: Images,
  precision: TrainingPlan["precision"],
): TrainingPlan | null {
  const plan = network?.(cell, parameters, images) ?? null;
  return plan === null || precision === undefined ? plan : { ...plan, precision };
}

/** Measures a cell; the networks that it asked for are disposed afterwards, whatever happens. */
export async function measureCell<Cell extends Setting, Parameters, Row>(
  experiment: MeasuredExperiment<Cell, Parameters, Row>,
  cell: Cell,
  parameters: Parameters,
  run: CellRun,
): Promise<readonly Row[]> {
  const networks: Network[] = [];
  const plan = async () => {
    const { training } = await run.data();
    const planned = plannedTraining(experiment, cell, parameters, training, run.precision);
    if (planned === null) throw new Error("this cell has no network: the experiment's `network` gives none for it");
    return planned;
  };
  const measuring: Measuring = {
    async trained() {
      const planned = await plan();
      const trained = await run.trained(planned);
      networks.push(trained.network);
      return studyOf(trained, planned, await run.data(), run);
    },
    plan,
    data: () => run.data(),
    random: (...names) => randomStream(cell.seed, ...names),
    async progress(phase, done, total) {
      run.progress({ phase, done, total });
      await setImmediate();
      run.signal.throwIfAborted();
    },
    watched: run,
  };
  try {
    return await experiment.measure(measuring, cell, parameters);
  } finally {
    for (const network of networks) disposeNetwork(network);
  }
}

function studyOf(trained: Trained, plan: TrainingPlan, data: Dataset, run: CellRun): Study {
  const { network } = trained;
  const { architecture } = network;
  const images = prepareImages(data, plan.images, plan.seed);
  const options = (what: string) => cellOptions(run, images.channelStatistics, `${architecture.name}: ${what}`);
  return {
    ...trained,
    ...images,
    architecture,
    plan,
    evaluate: (routes, on, what) => evaluate(network, routes, on, options(what)),
    options,
  };
}

/** What a row says of what is run: its errors, beside those of a reference on the same images. */
export function errorsBeside({ topOneError, crossEntropy, images }: RouteResult, reference: RouteResult) {
  return {
    error_percent: 100 * topOneError,
    rise_points: 100 * (topOneError - reference.topOneError),
    cross_entropy_nats: crossEntropy,
    images,
  };
}
