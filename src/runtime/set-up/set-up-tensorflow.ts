/**
 * Set-up, second stage: finds or fetches TensorFlow, builds its binding, tries it, and leaves a stamp in the checkout.
 * Started by setup.cjs, which has checked the options and installed the packages.
 */
import { statSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../base";
import { tryBackend } from "../facts";
import { SetUpError } from "../set-up-error";
import {
  nativeSources,
  readOptions,
  type SetUpStamp,
  stampFile,
  type TensorFlowChoice,
  tensorFlowVersion,
} from "../set-up-options.cjs";
import { compilerArguments, installBinding } from "./build-binding";
import { cachedPlace, cachedTensorFlow } from "./cached-tensorflow";
import { step } from "./step";
import { type TensorFlowFolder, tensorFlowFolder } from "./tensorflow-folder";
import { releaseFor } from "./tensorflow-release";
import { downloadArguments } from "./wheel";

const root = path.resolve(__dirname, "../../..");

async function setUpTensorFlow(choice: TensorFlowChoice): Promise<void> {
  const folder = isFlavour(choice) ? await cachedTensorFlow(choice) : tensorFlowFolder(choice);
  const binding = await installBinding(folder, root);
  const facts = await step("trying it", () => tryBackend("tensorflow", root));
  const version = facts.tensorFlowVersion ?? "of unknown version";
  writeStamp(choice, version, folder, binding);
  if (version !== tensorFlowVersion) {
    process.stderr.write(`note: this is TensorFlow ${version}; the harness is tried with ${tensorFlowVersion}\n`);
  }
  if (choice === "gpu" && !facts.isGpu)
    process.stderr.write(
      "note: no GPU is seen from here: on this machine runs fail, until `npx cnn-findings setup --cpu`\n",
    );
  process.stderr.write(`ready: TensorFlow ${version} in ${folder.path}\n`);
}

function writeStamp(choice: TensorFlowChoice, version: string, folder: TensorFlowFolder, binding: string): void {
  const files = [...folder.libraries.map((name) => path.join(folder.path, name)), binding];
  const stamp: SetUpStamp = {
    layout: 2,
    choice,
    version,
    folder: folder.path,
    files: files.map((file) => ({ path: file, bytes: statSync(file).size })),
    native: nativeSources(root),
  };
  writeFileAtomically(path.join(root, stampFile), `${JSON.stringify(stamp, null, 2)}\n`);
}

/** Says on standard output what set-up would do. */
function describe(choice: TensorFlowChoice): void {
  if (!isFlavour(choice)) {
    const folder = tensorFlowFolder(choice);
    console.log(`would use ${folder.path}, and build the binding:`);
    console.log(`  g++ ${compilerArguments(folder, root, "tfjs_binding.node").join(" ")}`);
    return;
  }
  const release = releaseFor(choice);
  console.log(`would fetch into ${cachedPlace(choice)} (needs ${release.bytesNeeded / 1e9} GB free on the way):`);
  for (const wheel of release.wheels) {
    console.log(`  python3 ${downloadArguments(wheel, "FOLDER").join(" ")}`);
    if (wheel.sha256 !== null) console.log(`    sha256 ${wheel.sha256}`);
  }
  console.log("would then unpack the libraries and headers, and build the binding with a C++ compiler");
}

function isFlavour(choice: TensorFlowChoice): choice is "cpu" | "gpu" {
  return choice === "cpu" || choice === "gpu";
}

async function main(): Promise<void> {
  const { choice = "cpu", dryRun, debug } = readOptions(process.argv.slice(2));
  try {
    if (dryRun) describe(choice);
    else await setUpTensorFlow(choice);
  } catch (error) {
    if (debug) console.error(error);
    else if (error instanceof SetUpError) console.error(`\n${error.message}`);
    else
      console.error(`\nset-up failed: ${(error as Error).message}\n  - \`npx cnn-findings setup --debug\` shows where`);
    process.exitCode = 1;
  }
}

void main();
