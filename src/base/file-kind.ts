/** What a file is by its first bytes, where it is not what was asked for. */

import { closeSync, openSync, readSync } from "node:fs";
import { commandText } from "./program";

/** A kind of file, and what makes the wanted one of it. */
export interface FileKind {
  /** @example "a Git LFS pointer, not the file itself" */
  readonly what: string;
  /** The command that helps, or what else does. */
  readonly remedy: string;
}

const saveState = 'save_file({name: t.contiguous() for name, t in state.items()}, "NEW.safetensors")';

const saveSafetensors =
  'in Python: from safetensors.torch import save_file; state = torch.load("FILE", map_location="cpu"); ' +
  `state = state.get("state_dict", state); ${saveState} ` +
  "(where the file holds a whole model, or its weights under another name, take the state_dict of that)";

/** Lines of Python that save a `model` of Keras 2 or 3 as TensorFlow.js's files hold it, by Keras alone. */
export const saveKerasModel =
  'weights = [(getattr(w, "path", w.name).split(":")[0], w.numpy().astype("float32")) for w in model.weights]; ' +
  'open("weights.bin", "wb").write(b"".join(values.tobytes() for _, values in weights)); ' +
  'named = [{"name": name, "shape": values.shape, "dtype": "float32"} for name, values in weights]; ' +
  'topology = {"model_config": json.loads(model.to_json())}; manifest = [{"paths": ["weights.bin"], "weights": named}]; ' +
  'json.dump({"modelTopology": topology, "weightsManifest": manifest}, open("model.json", "w"))';

interface KnownKind extends FileKind {
  readonly begins: (bytes: Uint8Array, text: string) => boolean;
  /** Whether it is JSON, if of another form than was asked for. */
  readonly isJson?: true;
}

const kinds: readonly KnownKind[] = [
  // First: the length of its header may begin like anything.
  {
    what: "safetensors",
    remedy: "readPyTorchNetwork and decodeSafetensors read it",
    begins: (bytes, text) => bytes.length > 9 && bytes[7] === 0 && /^\{["\s}]/.test(text.slice(8, 10)),
  },
  { what: "empty", remedy: "fetch or copy it again", begins: (bytes) => bytes.length === 0 },
  {
    what: "a Git LFS pointer, not the file itself",
    remedy: "git lfs pull",
    begins: (_, text) => text.startsWith("version https://git-lfs.github.com/spec/"),
  },
  {
    what: "a page in HTML, as a server sends it in the place of a file",
    remedy: "fetch it again from the address of the file itself (on Hugging Face /resolve/ instead of /blob/)",
    begins: (_, text) => /^\s*<(?:!doctype|html|head|\?xml)/i.test(text),
  },
  {
    what: "a model of Keras 3 (.keras), a zip archive",
    remedy: `in Python: import json, keras; model = keras.saving.load_model("FILE"); ${saveKerasModel}`,
    begins: (bytes, text) => isZip(bytes) && text.startsWith("metadata.json", 30),
  },
  {
    what: "arrays of NumPy (.npz), a zip archive",
    remedy:
      'in Python: from safetensors.numpy import save_file; save_file(dict(numpy.load("FILE")), "NEW.safetensors")',
    begins: (bytes, text) => isZip(bytes) && /^[^/]{1,200}?\.npy/.test(text.slice(30)),
  },
  {
    what: "a model of TorchScript, a zip archive",
    remedy: `in Python: from safetensors.torch import save_file; state = torch.jit.load("FILE", map_location="cpu").state_dict(); ${saveState}`,
    begins: (bytes, text) => isZip(bytes) && /^[^/]{1,200}\/(?:data\/\d|code\/|constants\.pkl)/.test(text.slice(30)),
  },
  {
    what: "what torch.save writes, a zip archive",
    remedy: saveSafetensors,
    begins: (bytes, text) => isZip(bytes) && /\/(?:data\.pkl|byteorder|\.format_version|version)/.test(text),
  },
  {
    what: "a zip archive",
    remedy: "unzip FILE",
    begins: (bytes) => isZip(bytes) || beginsWith(bytes, 0x50, 0x4b, 5, 6),
  },
  {
    what: "what an old torch.save writes, a pickle",
    remedy: saveSafetensors,
    begins: (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5,
  },
  {
    what: "HDF5, as Keras's .h5",
    remedy: `in Python: import json, keras; model = keras.models.load_model("FILE"); ${saveKerasModel}`,
    begins: (bytes) => beginsWith(bytes, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
  },
  {
    what: "compressed by gzip",
    remedy: "gunzip FILE (tar -xzf FILE for an archive)",
    begins: isGzip,
  },
  {
    what: "compressed by xz",
    remedy: "xz -d FILE",
    begins: (bytes) => beginsWith(bytes, 0xfd, 0x37, 0x7a, 0x58, 0x5a),
  },
  { what: "compressed by bzip2", remedy: "bunzip2 FILE", begins: (_, text) => /^BZh[1-9]1AY/.test(text) },
  { what: "compressed by zstd", remedy: "zstd -d FILE", begins: (bytes) => beginsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd) },
  {
    what: "an array of NumPy",
    remedy:
      'in Python: from safetensors.numpy import save_file; save_file({"NAME": numpy.load("FILE")}, "NEW.safetensors")',
    begins: (bytes, text) => bytes[0] === 0x93 && text.slice(1, 6) === "NUMPY",
  },
  { what: "a tar archive", remedy: "tar -xf FILE", begins: isTar },
  {
    what: "the index of a file in several parts (index.json)",
    remedy:
      'in Python: from safetensors.torch import load_file, save_file; save_file({k: v for part in PARTS for k, v in load_file(part).items()}, "NEW.safetensors")',
    isJson: true,
    begins: (_, text) => /^\s*\{[\s\S]*"weight_map"\s*:/.test(text),
  },
  {
    what: "a model.json, Keras's for TensorFlow.js",
    remedy: 'readKerasNetwork("FILE") reads it, in a file with a network of your own',
    isJson: true,
    begins: (_, text) => isJson(text) && /"(?:modelTopology|weightsManifest|class_name)"\s*:/.test(text),
  },
  { what: "JSON", remedy: "give the file that it describes", isJson: true, begins: (_, text) => isJson(text) },
  {
    what: "a bibliography of BibTeX",
    remedy: "give the file that it cites",
    begins: (_, text) => /^\s*(?:%[^\n]*\n\s*)*@[a-z]+\s*[{(]/i.test(text),
  },
  { what: "a PDF", remedy: "give the file itself", begins: (_, text) => text.startsWith("%PDF-") },
  {
    what: "a picture",
    remedy: "give the file itself",
    begins: (bytes) => beginsWith(bytes, 0x89, 0x50, 0x4e, 0x47) || beginsWith(bytes, 0xff, 0xd8, 0xff),
  },
];

/** Whether gzip packed it. */
export function isGzip(bytes: Uint8Array): boolean {
  return beginsWith(bytes, 0x1f, 0x8b);
}

/** Whether it is an archive of tar, as POSIX and GNU write it. */
export function isTar(bytes: Uint8Array): boolean {
  return beginsWith(bytes.subarray(257), 0x75, 0x73, 0x74, 0x61, 0x72); // "ustar"
}

function isZip(bytes: Uint8Array): boolean {
  return beginsWith(bytes, 0x50, 0x4b, 3, 4);
}

function isJson(text: string): boolean {
  return /^\s*(?:\{\s*["}]|\[\s*[{["\]\d-])/.test(text);
}

/** As far as a first look goes. */
const firstBytes = 4096;

/**
 * The kind of a file, where its first bytes tell one; null for any other.
 *
 * @param bytes the file's content, or as much of it as there is
 * @param file its name, for the command
 * @example fileKind(bytes, "model.gz")?.remedy // "gunzip model.gz (tar -xzf model.gz for an archive)"
 */
export function fileKind(bytes: Uint8Array, file = "FILE"): FileKind | null {
  const found = knownKind(bytes);
  if (found === undefined) return null;
  // In quotes it is a text of Python's, else a word of a shell's.
  const remedy = found.remedy
    .replaceAll('"FILE"', () => JSON.stringify(file))
    .replaceAll("FILE", () => commandText([file]));
  return { what: found.what, remedy };
}

function knownKind(bytes: Uint8Array): KnownKind | undefined {
  const text = Buffer.from(bytes.subarray(0, firstBytes)).toString("latin1");
  return kinds.find(({ begins }) => begins(bytes, text));
}

/** "it is compressed by gzip: gunzip model.gz", where the first bytes tell a kind. */
export function fileKindText(bytes: Uint8Array, file?: string): string | null {
  const kind = fileKind(bytes, file);
  return kind === null ? null : `it is ${kind.what}: ${kind.remedy}`;
}

/** The first bytes of a file, as many as tell its kind. @throws what the file system does */
export function readBeginning(file: string): Uint8Array {
  const descriptor = openSync(file, "r");
  try {
    const bytes = new Uint8Array(firstBytes);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The value of a JSON text.
 *
 * @param file its name, for the command that helps
 * @throws RangeError "it is compressed by gzip: gunzip FILE", "it is not JSON: cut short or overwritten"
 */
export function parseJson(bytes: Uint8Array | string, file: string): unknown {
  const buffer = Buffer.from(bytes as Uint8Array);
  try {
    return JSON.parse(buffer.toString("utf8"));
  } catch {
    const isOther = knownKind(buffer)?.isJson === undefined;
    throw new RangeError((isOther ? fileKindText(buffer, file) : null) ?? "it is not JSON: cut short or overwritten");
  }
}

function beginsWith(bytes: Uint8Array, ...first: readonly number[]): boolean {
  return bytes.length >= first.length && first.every((byte, i) => bytes[i] === byte);
}
