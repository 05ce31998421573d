import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../base";
import { tensorFlowVersion } from "../set-up-options.cjs";
import { moveInto, needFreeSpace, temporaryBeside, writing } from "./cache";
import { step } from "./step";
import { type TensorFlowFolder, tensorFlowFolder } from "./tensorflow-folder";
import { type Flavour, type Release, releaseFor } from "./tensorflow-release";
import { findCompiler, findPython, pipOf } from "./tools";
import { downloadWheel, fileHash, type Libraries, unpackWheel } from "./wheel";

/** What was unpacked into the cache, written last: a folder without it is not used. */
interface Manifest {
  readonly layout: 1;
  readonly wheels: readonly { readonly requirement: string; readonly sha256: string; readonly pinned: boolean }[];
  readonly libraries: Libraries;
}

/** Where a flavour of TensorFlow is kept for this user, laid out as Python's site-packages. */
export function cachedPlace(flavour: Flavour): string {
  return path.join(cacheFolder(), `tensorflow-${tensorFlowVersion}-${flavour}`);
}

/**
 * The user's copy of TensorFlow, fetched now where there is none or where it is damaged.
 *
 * @throws SetUpError when something that it takes is missing
 */
export async function cachedTensorFlow(flavour: Flavour): Promise<TensorFlowFolder> {
  const place = cachedPlace(flavour);
  const damage = await damageIn(place);
  if (damage !== undefined) {
    if (damage !== absent)
      process.stderr.write(`the TensorFlow in the cache is damaged (${damage}): fetching it again\n`);
    await fetchInto(place, releaseFor(flavour));
  }
  return tensorFlowFolder(path.join(place, "tensorflow"));
}

const absent = "it has no manifest";

/**
 * What is wrong with a copy of TensorFlow in the cache; undefined when it is whole.
 *
 * @param thorough compare contents by sha256 (seconds), not only sizes
 */
export async function damageIn(place: string, { thorough = false } = {}): Promise<string | undefined> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(path.join(place, "manifest.json"), "utf8"));
  } catch {
    return absent;
  }
  if (manifest.layout !== 1) return "another version of this program wrote it";
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.libraries)) {
    const file = path.join(place, name);
    const found = statSync(file, { throwIfNoEntry: false })?.size;
    if (found !== bytes) return `${name} has ${found ?? 0} bytes, not ${bytes}`;
    if (thorough && (await fileHash(file)) !== sha256) return `${name} has another content than when it was unpacked`;
  }
  return undefined;
}

async function fetchInto(place: string, release: Release): Promise<void> {
  const python = await findPython();
  const pip = pipOf(python);
  await findCompiler(); // needed later: better to miss it before a long download
  const temporary = temporaryBeside(place);
  try {
    needFreeSpace(temporary, release.bytesNeeded);
    const unpacked = path.join(temporary, "unpacked");
    mkdirSync(unpacked);
    const wheels: Manifest["wheels"][number][] = [];
    let libraries: Libraries = {};
    for (const wheel of release.wheels) {
      const folder = path.join(temporary, "wheel");
      writing(folder, () => mkdirSync(folder));
      const file = await step(`fetching ${wheel.requirement}`, (shown) => downloadWheel(wheel, pip, folder, shown));
      const found = await step("unpacking it", () => unpackWheel(file, unpacked, wheel.parts, python));
      libraries = { ...libraries, ...found };
      const sha256 = wheel.sha256 ?? (await fileHash(file));
      wheels.push({ requirement: wheel.requirement, sha256, pinned: wheel.sha256 !== null });
      rmSync(folder, { recursive: true }); // before the next is fetched: the room is needed
    }
    const manifest: Manifest = { layout: 1, wheels, libraries };
    writing(place, () => {
      writeFileSync(path.join(unpacked, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
      replace(place, unpacked);
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Puts a folder in the place of another, which may be in use: open files of the old one live on until they are closed. */
function replace(place: string, by: string): void {
  const old = path.join(path.dirname(by), "old");
  try {
    renameSync(place, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  moveInto(place, by);
}
