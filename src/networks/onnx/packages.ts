/**
 * The packages that read and run ONNX networks: optional, as they take 300 MB, and loaded when a network is first read.
 *
 * Their types are written down here as far as they are used, so that this code compiles where they are not installed.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isInstalled, projectRoot } from "../../base";

/** A tensor of onnxruntime. */
export interface OrtTensor {
  /** "float32", "int64", ... */
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView | readonly string[];
}

/** A model that onnxruntime has loaded. */
export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
}

/** What protobufjs makes of a whole number of 64 bits. */
export type Whole = number | { toNumber(): number };

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, as far as it is looked into; other fields are handed on. */
export interface TensorProto {
  readonly name?: string;
  readonly dims?: readonly Whole[];
  readonly dataType?: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  /** 1: in another file. */
  readonly dataLocation?: number;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

export interface AttributeProto {
  readonly name: string;
  readonly f?: number;
  readonly i?: Whole;
  readonly ints?: readonly Whole[];
  readonly type?: number;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly graphs?: readonly GraphProto[];
}

export interface NodeProto {
  readonly name?: string;
  readonly opType: string;
  readonly domain?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly attribute?: readonly AttributeProto[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim?: readonly { readonly dimValue?: Whole; readonly dimParam?: string }[] };
    };
  };
}

export interface GraphProto {
  readonly name?: string;
  readonly node?: readonly NodeProto[];
  readonly initializer?: readonly TensorProto[];
  readonly sparseInitializer?: readonly { readonly values?: TensorProto }[];
  readonly input?: readonly ValueInfoProto[];
  readonly output?: readonly ValueInfoProto[];
}

export interface ModelProto {
  readonly opsetImport?: readonly { readonly domain?: string; readonly version?: Whole }[];
  readonly graph?: GraphProto;
  readonly functions?: readonly { readonly name: string; readonly node?: readonly NodeProto[] }[];
}

interface OnnxProto {
  readonly ModelProto: {
    decode(bytes: Uint8Array): ModelProto;
    encode(model: ModelProto): { finish(): Uint8Array };
  };
}

/** The versions that this project is tested with stand in package.json, as those of packages that are not installed with it. */
const names = ["onnxruntime-node", "onnx-proto"] as const;

function versionsAsked(): string[] {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
    readonly peerDependencies: Readonly<Record<(typeof names)[number], string>>;
  };
  return names.map((name) => `${name}@${manifest.peerDependencies[name]}`);
}

/**
 * The packages, loaded now.
 *
 * @throws RangeError with the command that installs them
 */
export function onnxPackages(): { readonly runtime: OnnxRuntime; readonly proto: OnnxProto } {
  const load = (name: (typeof names)[number]): unknown => {
    try {
      return require(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      const saving = isInstalled ? "" : " --no-save"; // a checkout's own list of packages stays as it is
      throw new RangeError(
        `ONNX networks need packages that are not installed by default, as they take 300 MB. This installs them:\n` +
          `  npm install${saving} --ignore-scripts ${versionsAsked().join(" ")}`,
      );
    }
  };
  const { onnx } = load("onnx-proto") as { readonly onnx: OnnxProto };
  return { runtime: load("onnxruntime-node") as OnnxRuntime, proto: onnx };
}
