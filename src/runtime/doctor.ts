/** The doctor: what the harness needs, what this machine has of it, and how to get the rest. */
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import colours from "picocolors";
import { cacheFolder } from "../base";
import { gpuNames, missingGpu, processorFacts, type RuntimeFacts, tryBackend } from "./facts";
import { freeBytes } from "./set-up/cache";
import { damageIn } from "./set-up/cached-tensorflow";
import { findCompiler, findPython, pipOf, type Tool } from "./set-up/tools";
import { SetUpError } from "./set-up-error";
import { readStamp, tensorFlowVersion } from "./set-up-options.cjs";
import { chosenBackend } from "./tensorflow";

/** One thing that the doctor looked at. */
export interface Finding {
  readonly subject: string;
  /** "missing": TensorFlow cannot run so. "warning": something works less well, or will not be there when needed. */
  readonly state: "ok" | "warning" | "missing";
  readonly found: string;
  /** What to do about it, one line each. */
  readonly remedies: readonly string[];
}

/** All that the doctor found, and the facts about TensorFlow's backend where it runs. */
export interface Diagnosis {
  /** Whether the backend "tensorflow" can compute. */
  readonly healthy: boolean;
  readonly facts: RuntimeFacts | null;
  readonly findings: readonly Finding[];
}

/** Folder of the checkout, or of this package's own files. */
const root = path.resolve(__dirname, "../..");

/** Looks at everything that the harness needs on this machine. Takes seconds: it computes, and reads the libraries. */
export async function diagnose(): Promise<Diagnosis> {
  const { facts, finding: backend } = await backendFinding();
  const needed = facts === null;
  const python = await toolFinding("Python", findPython, needed);
  const { tool: found } = python;
  return {
    healthy: facts !== null,
    facts,
    findings: [
      ok("Node", `${process.versions.node}, ${process.execPath}`),
      backend,
      await libraryFinding(),
      chosenFinding(),
      processorFinding(),
      gpuFinding(facts),
      ok("threads", `${facts?.threads ?? os.availableParallelism()} for one kernel, ${os.cpus().length} processors`),
      memoryFinding(),
      diskFinding(),
      python.finding,
      found === null
        ? problem("pip", needed, "needs Python first")
        : (await toolFinding("pip", async () => pipOf(found), needed)).finding,
      (await toolFinding("compiler", findCompiler, needed)).finding,
      cacheFinding(),
    ],
  };
}

/** A diagnosis for people. */
export function diagnosisText(diagnosis: Diagnosis): string {
  return `${describe(diagnosis.findings)}\n\n${verdict(diagnosis)}`;
}

/** The findings as lines of text: a mark, the subject, what was found; below it what to do. */
function describe(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = " ".repeat(8 + 1 + width + 2);
  return findings
    .flatMap(({ subject, state, found, remedies }) => {
      const [first = "", ...more] = [...found.split("\n"), ...remedies.map((remedy) => `-> ${remedy}`)];
      return [`${marks[state]} ${subject.padEnd(width)}  ${first}`, ...more.map((line) => `${indent}${line.trim()}`)];
    })
    .join("\n");
}

/** Words beside the colour: a log has none. */
const marks: Readonly<Record<Finding["state"], string>> = {
  ok: colours.green("ok      "),
  warning: colours.yellow("warning "),
  missing: colours.red("missing "),
};

function verdict({ healthy, findings }: Diagnosis): string {
  if (!healthy) return colours.red("TensorFlow cannot compute here. `--backend cpu` can, slowly, for small runs.");
  const warnings = findings.filter(({ state }) => state !== "ok").length;
  return warnings === 0 ? colours.green("All is well.") : `TensorFlow computes; ${warnings} thing(s) to look at.`;
}

async function backendFinding(): Promise<{ facts: RuntimeFacts | null; finding: Finding }> {
  try {
    const facts = await tryBackend("tensorflow", root);
    const found = `${facts.tensorFlowVersion} through TensorFlow.js ${facts.tensorFlowJsVersion}, on the ${facts.isGpu ? "GPU" : "CPU"}`;
    const tried = facts.tensorFlowVersion === tensorFlowVersion;
    return {
      facts,
      finding: tried
        ? ok("TensorFlow", found)
        : warning("TensorFlow", found, [`the harness is tried with ${tensorFlowVersion}`]),
    };
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    const remedies = error.remedies.length > 0 ? error.remedies : ["`npx cnn-findings setup`"];
    return { facts: null, finding: problem("TensorFlow", true, error.problem, remedies) };
  }
}

async function libraryFinding(): Promise<Finding> {
  const stamp = readStamp(root);
  if (stamp === undefined) return warning("library", "set-up has not run here", ["`npx cnn-findings setup`"]);
  if (stamp.choice !== "cpu" && stamp.choice !== "gpu") return ok("library", `${stamp.folder} (named by you)`);
  const damage = await damageIn(path.dirname(stamp.folder), { thorough: true });
  return damage === undefined
    ? ok("library", `${stamp.folder}, sha256 as unpacked`)
    : warning("library", damage, [`delete ${path.dirname(stamp.folder)}, then \`npx cnn-findings setup\``]);
}

function chosenFinding(): Finding {
  try {
    const backend = chosenBackend();
    if (backend === "tensorflow") return ok("backend", "tensorflow");
    return warning("backend", "cpu: pure JavaScript, slow", ["unset CNN_FINDINGS_BACKEND to compute with TensorFlow"]);
  } catch (error) {
    return problem("backend", true, (error as Error).message);
  }
}

function processorFinding(): Finding {
  const { model, features } = processorFacts();
  const found = `${model}: ${features.join(" ") || "features unknown"}`;
  const slow = process.arch === "x64" && features.length > 0 && !features.includes("avx2");
  return slow
    ? warning("processor", found, ["without avx2, convolutions are several times slower"])
    : ok("processor", found);
}

function gpuFinding(facts: RuntimeFacts | null): Finding {
  const names = gpuNames();
  if (facts?.isGpu) return ok("GPU", names.join(", "));
  const choice = readStamp(root)?.choice ?? null;
  if (choice === "gpu") {
    const visible = process.env.CUDA_VISIBLE_DEVICES;
    return warning("GPU", ...missingGpu({ by: "set-up", backend: "tensorflow", names, choice, visible }));
  }
  if (names.length === 0) return ok("GPU", "none seen");
  return warning("GPU", `${names.join(", ")}: not used`, [
    "`npx cnn-findings setup --gpu` fetches TensorFlow with CUDA",
  ]);
}

function memoryFinding(): Finding {
  const found = `${gigabytes(os.freemem())} free of ${gigabytes(os.totalmem())}`;
  return os.totalmem() < 3e9 ? warning("memory", found, ["one worker at a time: `--workers 1`"]) : ok("memory", found);
}

function diskFinding(): Finding {
  let folder = cacheFolder();
  while (!existsSync(folder)) folder = path.dirname(folder);
  const free = freeBytes(folder);
  const found = `${gigabytes(free)} free for caches`;
  return free < 2e9 ? warning("disk", found, ["XDG_CACHE_HOME=/another/folder moves the caches"]) : ok("disk", found);
}

async function toolFinding<Found extends Tool>(
  subject: string,
  find: () => Promise<Found>,
  needed: boolean,
): Promise<{ tool: Found | null; finding: Finding }> {
  try {
    const tool = await find();
    return { tool, finding: ok(subject, tool.version) };
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return { tool: null, finding: problem(subject, needed, error.problem, error.remedies) };
  }
}

function cacheFinding(): Finding {
  const folder = cacheFolder();
  try {
    const held = readdirSync(folder).filter((name) => !name.includes(".tmp-"));
    return ok("caches", `${folder}: ${held.join(", ") || "empty"}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return ok("caches", `${folder}: not made yet`);
    return problem("caches", false, message, ["XDG_CACHE_HOME=/another/folder names another place"]);
  }
}

const ok = (subject: string, found: string): Finding => ({ subject, state: "ok", found, remedies: [] });

const warning = (subject: string, found: string, remedies: readonly string[] = []): Finding => ({
  ...ok(subject, found),
  state: "warning",
  remedies,
});

const problem = (subject: string, needed: boolean, found: string, remedies: readonly string[] = []): Finding => ({
  ...warning(subject, found, remedies),
  state: needed ? "missing" : "warning",
});

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
