/**
 * The frameworks that ours is measured against: found in a Python environment, or installed into one in the user's
 * cache.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { cacheFolder } from "../src/base";
import { execute, findPython, lastLines, moveInto, SetUpError, step, temporaryBeside } from "../src/runtime";

/** What is installed, and what the suite is tried with. */
const requirements = ["torch==2.15.0", "tensorflow-cpu==2.21.0"];
/** Python versions that both have wheels for: 3.10 to 3.13. */
const [oldestPython, newestPython] = [10, 13];

/** A Python with some of the peers. */
export interface Peers {
  /** Null where there is no environment. */
  readonly python: string | null;
  /** Version of each package; null where it is not installed. */
  readonly versions: Readonly<Record<PeerPackage, string | null>>;
  /** Why there are none, or what to do about those that are missing. */
  readonly advice: string;
}

const packages = ["torch", "keras", "tensorflow"] as const;
export type PeerPackage = (typeof packages)[number];

const advice =
  "not installed: `npm run bench -- --with-peers` installs PyTorch and Keras, `--peers DIR` names where they are";

/** The environment that `installPeers` makes; one of other versions has another name. */
export function peersFolder(): string {
  return path.join(cacheFolder(), ["peers", ...requirements].join("-").replaceAll("==", "-"));
}

/** Which peers the environment in a folder has. A folder that is not there, or holds no Python, has none. */
export async function findPeers(folder: string): Promise<Peers> {
  const python = path.join(folder, "bin", "python");
  const none = { torch: null, keras: null, tensorflow: null };
  if (!existsSync(python)) return { python: null, versions: none, advice };
  const { status, stdout, stderr } = await execute(python, ["-c", versionsProgram]);
  if (status !== 0)
    return { python: null, versions: none, advice: `${python}: ${lastLines(stderr, 1)[0] ?? "failed"}` };
  return { python, versions: JSON.parse(stdout), advice };
}

/** Looks the versions up without loading the packages, which takes seconds. */
const versionsProgram = `
import json
from importlib.metadata import distributions
found = {one.metadata["Name"].lower().replace("-", "_"): one.version for one in distributions()}
tensorflow = found.get("tensorflow") or found.get("tensorflow_cpu")
print(json.dumps({"torch": found.get("torch"), "keras": tensorflow and found.get("keras"), "tensorflow": tensorflow}))
`;

/**
 * Makes an environment with the peers in the user's cache, once: 8 GB, some minutes. The PyTorch of Python's index comes
 * with CUDA; with an index that has wheels without it in pip's settings, 2 GB.
 *
 * @returns its folder
 * @throws SetUpError when there is no Python of a version that the peers have wheels for, or pip fails
 */
export async function installPeers(): Promise<string> {
  const place = peersFolder();
  if (existsSync(place)) return place;
  const python = await findPython();
  const [major, minor = 0] = python.version.split(".").map(Number);
  if (major !== 3 || minor < oldestPython || minor > newestPython) {
    throw new SetUpError(
      `Python ${python.version} has no wheels of ${requirements.join(" and ")}: need 3.${oldestPython} to 3.${newestPython}`,
      ["PYTHON=/path/to/python3 names another one", "`--peers DIR` names an environment that has them"],
    );
  }
  const temporary = temporaryBeside(place);
  await step("making a Python environment for the peers", async () => {
    const { status, stderr } = await execute(python.command, ["-m", "venv", temporary]);
    if (status !== 0) {
      throw new SetUpError(`${python.command} could not make an environment: ${lastLines(stderr, 1)[0] ?? ""}`, [
        "Debian, Ubuntu: apt-get install python3-venv",
      ]);
    }
  });
  await step(`installing ${requirements.join(", ")}`, async ({ progress }) => {
    const given = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
    await pip(path.join(temporary, "bin", "python"), [...given, ...requirements], progress);
  });
  moveInto(place, temporary);
  return place;
}

function pip(python: string, given: readonly string[], onProgress: (note: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, given, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, file] = /^\s*(?:Downloading|Using cached) ([^\s]+ \([^)]*\))/.exec(line) ?? [];
      if (file !== undefined) onProgress(file);
      else if (line.startsWith("Installing")) onProgress("unpacking");
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new SetUpError(["pip could not install the peers", ...lastLines(said, 3)].join("\n    ")));
    });
  });
}
