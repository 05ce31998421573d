import { tensorFlowBackend } from "./kernel";

/** What the calls of one kind took together. */
export interface KernelTime {
  /** TensorFlow's name of the op: "Conv2D"; or what else crosses into TensorFlow: "(upload)", "(download)", "(free)". */
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** The doors of the binding, each with what its calls count under; an op's under its own name. */
const doors = {
  executeOp: null,
  createTensor: "(upload)",
  tensorDataSync: "(download)",
  deleteTensor: "(free)",
} as const;

/**
 * Times every call into TensorFlow while an action runs, TensorFlow.js's own ops and this project's alike, whichever code
 * makes them: they all go through the backend's binding. It is replaced for the while, so nothing is paid at other times.
 *
 * On the CPU a call returns when its kernel is done. On a GPU it may return before: the time then shows where JavaScript
 * waits.
 *
 * @returns the kinds of calls, the one that took longest first; what is left of the action's time is JavaScript's
 * @throws Error on a backend without TensorFlow's kernels, or when another measurement is under way
 */
export function kernelTimes(action: () => void): KernelTime[] {
  const backend = tensorFlowBackend("kernelTimes");
  if (measuring) throw new Error("kernels are being timed already");
  const { binding } = backend;
  const times: Times = new Map();
  const timers = Object.entries(doors).map(([door, name]) => {
    const original: (...given: never[]) => unknown = binding[door as keyof typeof doors];
    return [door, { value: timed(original, name, times) }] as const;
  });
  measuring = true;
  try {
    // The binding's own members cannot be changed; all that are not doors are found behind the timers.
    Reflect.set(backend, "binding", Object.create(binding, Object.fromEntries(timers)));
    action();
  } finally {
    Reflect.set(backend, "binding", binding);
    measuring = false;
  }
  return [...times]
    .map(([name, time]) => ({ name, ...time }))
    .sort((one, other) => other.milliseconds - one.milliseconds);
}

let measuring = false;

/** Calls and milliseconds by name. */
type Times = Map<string, { calls: number; milliseconds: number }>;

/** The same function, its calls counted under a name, or under their first argument where that is the name of an op. */
function timed(original: (...given: never[]) => unknown, name: string | null, times: Times) {
  return (...given: never[]): unknown => {
    const start = performance.now();
    const result = original(...given);
    const milliseconds = performance.now() - start;
    const key = name ?? String(given[0]);
    const time = times.get(key);
    if (time === undefined) times.set(key, { calls: 1, milliseconds });
    else {
      time.calls++;
      time.milliseconds += milliseconds;
    }
    return result;
  };
}
