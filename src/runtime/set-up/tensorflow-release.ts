import { SetUpError } from "../set-up-error";
import { tensorFlowVersion } from "../set-up-options.cjs";

export type Flavour = "cpu" | "gpu";

/** A Python wheel to fetch, and the parts of it that are needed. */
export interface Wheel {
  /** As pip names it: "tensorflow-cpu==2.21.0". */
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
      wheels: [tensorFlowWheel(withCuda), ...nvidiaRequirements.map(nvidiaWheel)],
      bytesNeeded: 10e9,
    };
  }
  const pinned = forProcessor[place];
  if (pinned === undefined) throw noWheel("TensorFlow", place);
  return { flavour, wheels: [tensorFlowWheel(pinned)], bytesNeeded: 1.3e9 };
}

/** Python version that wheels are asked for. Any of 3.10 to 3.13 would do, for which this release has them. */
export const pythonTag = "312";

interface PinnedWheel {
  readonly distribution: string;
  readonly sha256: string;
  readonly bytes: number | null;
}

/** The wheel for the processor, by platform. Where there is no CUDA, it is the one named plainly "tensorflow". */
const forProcessor: Readonly<Record<string, PinnedWheel>> = {
  "linux x64": {
    distribution: "tensorflow-cpu",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    bytes: 274_000_871,
  },
  "linux arm64": {
    distribution: "tensorflow",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    bytes: null,
  },
  "darwin arm64": {
    distribution: "tensorflow",
    sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
    bytes: null,
  },
};

const withCuda: PinnedWheel = {
  distribution: "tensorflow",
  sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
  bytes: null,
};

function tensorFlowWheel({ distribution, sha256, bytes }: PinnedWheel): Wheel {
  return {
    requirement: `${distribution}==${tensorFlowVersion}`,
    sha256,
    bytes,
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

/**
 * The extra "and-cuda" in the metadata of the wheel tensorflow 2.21.0: the lowest version that it admits of each, which is
 * the one that the wheel was built against, so that a later release of NVIDIA's changes nothing here.
 */
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
  "nvidia-nccl-cu12==2.27.7",
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
