import { SetUpError } from "../set-up-error";

/** The TensorFlow that the harness is tried with. */
export const tensorFlowVersion = "2.18.1";

export type Flavour = "cpu" | "gpu";

/** A Python wheel to fetch, and the parts of it that are needed. */
export interface Wheel {
  /** As pip names it: "tensorflow-cpu==2.18.1". */
  readonly requirement: string;
  /** Null where it is not pinned here: pip still checks it against the index. */
  readonly sha256: string | null;
  /** For the progress shown; null where it is not known. */
  readonly bytes: number | null;
  /** Names that unpacked members start with; empty for all. */
  readonly parts: readonly string[];
}

export interface Release {
  readonly flavour: Flavour;
  readonly wheels: readonly Wheel[];
  /** Free disk space to have before fetching it: the wheels and what is unpacked from them. */
  readonly bytesNeeded: number;
}

/**
 * What to fetch for a flavour of TensorFlow on this platform.
 *
 * The Python version of the wheels does not matter: only their C++ libraries and headers are used.
 *
 * @throws SetUpError where there is no such wheel
 */
export function releaseFor(
  flavour: Flavour,
  platform: string = process.platform,
  arch: string = process.arch,
): Release {
  const place = `${platform} ${arch}`;
  if (flavour === "gpu") {
    if (place !== "linux x64") throw noWheel("TensorFlow with CUDA", place);
    return {
      flavour,
      wheels: [tensorFlowWheel("tensorflow", place), ...nvidiaRequirements.map(nvidiaWheel)],
      bytesNeeded: 10e9,
    };
  }
  // Where there is no CUDA, the wheel named plainly "tensorflow" is the one for the processor.
  const distribution = { "linux x64": "tensorflow-cpu", "linux arm64": "tensorflow", "darwin arm64": "tensorflow" }[
    place
  ];
  if (distribution === undefined) throw noWheel("TensorFlow", place);
  return { flavour, wheels: [tensorFlowWheel(distribution, place)], bytesNeeded: 1e9 };
}

/** Python version that wheels are asked for: any that TensorFlow has wheels for would do. */
export const pythonTag = "312";

function tensorFlowWheel(distribution: string, place: string): Wheel {
  const pinned = distribution === "tensorflow-cpu" && place === "linux x64";
  return {
    requirement: `${distribution}==${tensorFlowVersion}`,
    sha256: pinned ? "8e0f27dbd92c6d380ae0ccfe73c7343f65c127b0aa98467c30c2e71eda7c76a4" : null,
    bytes: pinned ? 230_350_167 : null,
    parts: [
      "tensorflow/libtensorflow_cc.",
      "tensorflow/libtensorflow_framework.",
      "tensorflow/include/tensorflow/c/",
      "tensorflow/include/tensorflow/core/platform/",
      "tensorflow/include/tsl/platform/",
      "tensorflow/include/xla/tsl/c/",
    ],
  };
}

/** The extra "and-cuda" in the metadata of the wheel tensorflow 2.18.1. */
const nvidiaRequirements = [
  "nvidia-cublas-cu12==12.5.3.2",
  "nvidia-cuda-cupti-cu12==12.5.82",
  "nvidia-cuda-nvcc-cu12==12.5.82",
  "nvidia-cuda-nvrtc-cu12==12.5.82",
  "nvidia-cuda-runtime-cu12==12.5.82",
  "nvidia-cudnn-cu12==9.3.0.75",
  "nvidia-cufft-cu12==11.2.3.61",
  "nvidia-curand-cu12==10.3.6.82",
  "nvidia-cusolver-cu12==11.6.3.83",
  "nvidia-cusparse-cu12==12.5.1.3",
  "nvidia-nccl-cu12==2.21.5",
  "nvidia-nvjitlink-cu12==12.5.82",
];

function nvidiaWheel(requirement: string): Wheel {
  return { requirement, sha256: null, bytes: null, parts: ["nvidia/"] };
}

function noWheel(what: string, place: string): SetUpError {
  return new SetUpError(`there is no ready-made ${what} ${tensorFlowVersion} for ${place}`, [
    "`npx cnn-findings setup --tensorflow DIR` uses one that you have or build",
    "`--backend cpu` computes in pure JavaScript: slow, for small runs",
  ]);
}
