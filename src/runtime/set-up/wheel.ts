import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { SetUpError } from "../set-up-error";
import { cacheRemedies } from "./cache";
import type { Step } from "./step";
import { pythonTag, type Wheel } from "./tensorflow-release";
import { execute, lastLines, type Tool } from "./tools";

/** The arguments to Python that fetch a wheel into a folder. */
export function downloadArguments(wheel: Wheel, folder: string): string[] {
  return [
    ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--python-version", pythonTag],
    ...["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"],
    ...["--dest", folder, wheel.requirement],
  ];
}

/**
 * Fetches a wheel with pip, which checks it against its index, and checks the sha256 that is pinned here.
 *
 * @param folder an existing folder, which will hold nothing but this wheel
 * @returns the wheel's path
 * @throws SetUpError when pip fails, or when the wheel is not the one that is pinned
 */
export async function downloadWheel(wheel: Wheel, pip: Tool, folder: string, step?: Step): Promise<string> {
  const temporary = path.join(folder, "pip"); // pip loads into the temporary folder; there, its progress can be seen
  mkdirSync(temporary, { recursive: true });
  const watch = setInterval(() => step?.progress(progressNote(bytesIn(folder), wheel.bytes)), 500);
  const { status, stdout, stderr } = await execute(pip.command, [...pip.leading, ...downloadArguments(wheel, folder)], {
    env: { ...process.env, ...notForDownloads, TMPDIR: temporary },
  }).finally(() => clearInterval(watch));
  if (status !== 0) throw pipProblem(wheel.requirement, `${stdout}\n${stderr}`);
  const name = readdirSync(folder).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw pipProblem(wheel.requirement, "pip ended well, but there is no wheel");
  const file = path.join(folder, name);
  if (wheel.sha256 !== null) await checkHash(file, wheel.sha256);
  return file;
}

/**
 * Settings of pip that are about where packages are installed, switched off, by their environment variables, which win over
 * its configuration files: nothing is installed here. An index, a proxy or a certificate of a person's stays.
 */
const notForDownloads: Readonly<Record<string, string>> = {
  PIP_REQUIRE_VIRTUALENV: "false",
  PIP_USER: "false",
  PIP_TARGET: "",
  PIP_PREFIX: "",
  PIP_ROOT: "",
  PIP_REQUIREMENT: "",
  PIP_NO_BINARY: "",
};

/** What pip's failure means for the person at the screen. */
export function pipProblem(requirement: string, said: string): SetUpError {
  if (/No space left on device/.test(said)) {
    return new SetUpError(`the disk is full: ${requirement} could not be fetched`, cacheRemedies);
  }
  const errors = said.split("\n").filter((line) => line.startsWith("ERROR:"));
  const shown = errors.length > 0 ? errors.slice(0, 4) : lastLines(said, 4);
  return new SetUpError([`pip could not fetch ${requirement}`, ...shown.map((line) => `    ${line}`)].join("\n"), [
    ...(/No matching distribution/.test(said)
      ? ["its wheels are for Linux with glibc 2.27 or later (`ldd --version` tells) and for macOS 12 or later"]
      : []),
    "pip must reach a package index: check the network, and the proxy and index settings in `pip config list`",
    "`npx cnn-findings setup --tensorflow DIR` uses a TensorFlow that you have, without any network",
    "`--backend cpu` computes in pure JavaScript: slow, for small runs",
  ]);
}

async function checkHash(file: string, pinned: string): Promise<void> {
  const found = await fileHash(file);
  if (found === pinned) return;
  throw new SetUpError(
    `${path.basename(file)} is not the file that was expected: its sha256 is ${found}, not ${pinned}`,
    ["a mirror may serve another file: try again with pip's settings for its index removed"],
  );
}

function progressNote(bytes: number, total: number | null): string {
  const megabytes = (count: number) => Math.round(count / 1e6);
  return total === null ? `${megabytes(bytes)} MB` : `${megabytes(Math.min(bytes, total))} of ${megabytes(total)} MB`;
}

function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.reduce((total, name) => {
    const entry = statSync(path.join(folder, name), { throwIfNoEntry: false }); // pip may just have moved it
    return total + (entry?.isFile() ? entry.size : 0);
  }, 0);
}

/** Size and sha256 of each unpacked library, by its path in the wheel. */
export type Libraries = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;

/**
 * Unpacks parts of a wheel into a folder. Python does it: it is there anyway, and reads archives of this size as a stream.
 *
 * @param parts names that members must start with; empty for all
 * @returns the shared libraries among what was unpacked
 * @throws SetUpError when the wheel is damaged or the disk is full
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  parts: readonly string[],
  python: Tool,
): Promise<Libraries> {
  const program = path.join(__dirname, "unpack_wheel.py");
  const { status, stdout, stderr } = await execute(python.command, [
    ...python.leading,
    program,
    wheel,
    folder,
    ...parts,
  ]);
  if (status === 0) return JSON.parse(stdout);
  const why = /No space left on device/.test(stderr) ? "the disk is full" : lastLines(stderr, 1).join("");
  throw new SetUpError(`${path.basename(wheel)} could not be unpacked: ${why}`, cacheRemedies);
}

/** The sha256 of a file's content, in hexadecimal. Reads it piece by piece: files here have hundreds of megabytes. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 22 }), hash);
  return hash.digest("hex");
}
