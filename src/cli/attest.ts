/** `verify --attest REVISION`: measures cells by the code of two commits on this machine, and attests where they are equal. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import {
  type Attempt,
  addAttestation,
  attestationLines,
  attestedOf,
  attestStore,
  compareMeasured,
  equalNetworks,
  isUnequal,
  type MeasuredCell,
  type RenamedColumns,
  readMeasured,
  readRunCode,
  referencedExperiments,
  renameColumns,
} from "../archive";
import {
  canonicalJson,
  codeVersion,
  errorLines,
  exitStatus,
  git,
  isInstalled,
  type Json,
  parseJson,
  plural,
  projectRoot,
  relative,
  type Terminal,
  terminal,
  UsageError,
} from "../base";
import { type FoundExperiment, findExperiments, type Scale } from "../experiment";
import { type Attestation, type CodeIdentity, codeFile, identityOfFacts } from "../identity";
import type { PlannedCell, RunPlan } from "../run";
import { lastLines, tryBackend } from "../runtime";
import type { LookingOptions } from "./options";
import { readCommandLine } from "./run";
import { planAsked } from "./run-experiment";
import { chooseLauncher } from "./run-options";

export interface AttestRequest extends LookingOptions {
  /** As it was typed: "HEAD~3". */
  readonly revision: string;
  /** The experiments; those with a reference run when there are none. */
  readonly names: readonly string[];
  readonly experiments: string;
  /** All smoke cells are measured; at "quick" quick cells too. */
  readonly scale: "smoke" | "quick";
  /** So many quick cells of each experiment; null for all. */
  readonly cells: number | null;
  /** As `--workers` of runs. */
  readonly workers: string;
  /** File with the names that columns had before. */
  readonly renamed: string | null;
  /** The command that was given. */
  readonly command: string;
}

/**
 * Measures cells by the code of an earlier commit and by today's, compares them, and adds what is equal to the attestations
 * beside the reference runs. What is measured is kept in the results' store, so that the same command goes on from there.
 *
 * @param setUp makes TensorFlow ready; gives the exit status
 * @returns the exit status: 1 where an experiment differs, or could not be compared
 * @throws UsageError where the two commits cannot be set beside each other
 */
export async function attest(request: AttestRequest, setUp: () => number): Promise<number> {
  const { revision, names, experiments, results, json, quiet, debug, colour } = request;
  const commits = comparedCommits(revision);
  const renamed = request.renamed === null ? {} : readRenamed(request.renamed);
  const found = findExperiments(experiments, names.length > 0 ? names : withReference(results, experiments));
  // Refuses a count of workers that is none before anything is measured.
  const { threads } = chooseLauncher(
    readCommandLine(found[0]!.definition, ["--workers", request.workers], ["run", found[0]!.definition.name])!,
  );
  const status = setUp();
  if (status !== exitStatus.success) return status;
  const screen = terminal({ quiet, colour });
  try {
    const attempts = await withChildren((run) =>
      inWorktree({ revision, commit: commits.from, screen, run }, async (root) => {
        const kept = (name: string) => path.join(attestStore(results), name);
        const earlier: Side = { label: revision, root, results: kept(commits.from.slice(0, 12)) };
        const today: Side = { label: "today's code", root: projectRoot, results: kept("today") };
        const done: Attempt[] = [];
        for (const experiment of found) {
          try {
            done.push(await comparePair({ experiment, earlier, today, request, renamed, screen, run }));
          } catch (error) {
            if (error instanceof Interrupted) throw error;
            for (const line of errorLines(error, debug)) screen.warn(line);
            const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
            done.push({ experiment: experiment.definition.name, outcome: "failed", reason });
          }
        }
        return done;
      }),
    );
    const attested = attempts.map(attestedOf).filter((one) => one !== null);
    const file =
      attested.length === 0
        ? null
        : addAttestation(results, {
            ...{ version: 1, ...commits, ...(await circumstances(threads)) },
            networks: names.length > 0 ? undefined : equalNetworks(attempts),
            experiments: attested,
          });
    if (json) {
      const told = attested.map(({ experiment }) => experiment);
      screen.print(JSON.stringify({ ...commits, attested: told, file, experiments: attempts }, null, 2));
    } else {
      const shown = quiet ? attempts.filter(isUnequal) : attempts;
      const lines = shown.length === 0 ? [] : attestationLines(shown, { colour: screen.colourResults });
      for (const line of lines) screen.print(line);
      if (file !== null) screen.print(`${plural(attested.length, "experiment")} attested in ${relative(file)}`);
      else if (!quiet) screen.print("nothing attested");
    }
    return attempts.some(isUnequal) ? exitStatus.failure : exitStatus.success;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    screen.warn("interrupted: what is measured is kept, and nothing is attested");
    screen.warn(`resume with: ${request.command}`);
    return exitStatus.interrupted;
  }
}

/** When and by what both revisions are measured. */
async function circumstances(threads: number): Promise<Pick<Attestation, "date" | "machine" | "runtime">> {
  const facts = { ...(await tryBackend("tensorflow", projectRoot)), threads };
  const runtime = identityOfFacts(facts);
  if (runtime === null) throw new Error("today's code gathers all facts about a runtime");
  const machine = `${facts.processor.model}, ${os.type()} ${os.release().split("-")[0]}`;
  return { date: new Date().toISOString(), machine, runtime };
}

/** The program's first file, from a checkout. */
const programStart = "src/cli/cnn-findings.cjs";

/** Came with code.json in today's form, when the program measured single cells and told of them for machines already. */
const recordsCode = "src/identity/measuring-code.ts";

/**
 * The two commits in full.
 *
 * @throws UsageError where they cannot be told, where they are one, or where the earlier one is too old
 */
function comparedCommits(revision: string): { readonly from: string; readonly to: string } {
  if (isInstalled) {
    throw new UsageError(
      "the installed package has no earlier revisions to compare with",
      "Give the command in a checkout of the project (git clone).",
    );
  }
  const { commit: to, dirty } = codeVersion(projectRoot);
  if (to === "unknown") {
    throw new UsageError(
      `${projectRoot} is not a git checkout of the project, or git is not installed: there is no earlier revision`,
      "Give the command in a checkout of the project (git clone).",
    );
  }
  if (dirty) {
    throw new UsageError(
      "files differ from the last commit, and an attestation names the two commits that it compared",
      "Commit them, or put them aside by `git stash --include-untracked`; `git status` lists them.",
    );
  }
  const ask = (...words: string[]): string | null => {
    try {
      return git(projectRoot, ...words).trim();
    } catch {
      return null;
    }
  };
  const from = ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  if (from === null) {
    const isShallow = ask("rev-parse", "--is-shallow-repository") === "true";
    throw new UsageError(
      `there is no commit ${revision} here`,
      isShallow
        ? "This clone is shallow: `git fetch --unshallow` brings the earlier commits."
        : "`git log --oneline` lists the commits.",
    );
  }
  if (from === to) throw new UsageError(`${revision} is today's code itself`, "Name an earlier commit: HEAD~1");
  const [first = ""] = ask("log", "--reverse", "--diff-filter=A", "--format=%H", "--", recordsCode)?.split("\n") ?? [];
  if (first !== "" && ask("merge-base", "--is-ancestor", first, from) === null) {
    throw new UsageError(
      `the program of ${revision} does not record the code behind its results as today's does`,
      `Name a commit from ${ask("log", "-1", "--format=%h (%s)", first)} on.`,
    );
  }
  return { from, to };
}

function readRenamed(file: string): RenamedColumns {
  const expected = 'Expected an object of names before and after: { "pictures": "images" }';
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new UsageError(`--renamed ${file}: there is no such file`, expected);
  }
  let value: unknown;
  try {
    value = parseJson(bytes, path.basename(file));
  } catch (error) {
    throw new UsageError(`--renamed ${file}: ${(error as Error).message}`, expected);
  }
  const read = z.record(z.string().min(1), z.string().min(1)).safeParse(value);
  if (!read.success) throw new UsageError(`--renamed ${file}: ${z.prettifyError(read.error)}`, expected);
  const heirs = Object.values(read.data);
  const twice = heirs.find((name, i) => heirs.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`--renamed ${file}: two columns are renamed to ${twice}`, expected);
  return read.data;
}

/** Experiments of the folder with a reference run. */
function withReference(results: string, experiments: string): string[] {
  const known = new Set(findExperiments(experiments, []).map(({ definition }) => definition.name));
  const names = referencedExperiments(results).filter((name) => known.has(name));
  if (names.length > 0) return names;
  throw new UsageError(
    `no experiment has a reference run in the folder ${results}`,
    "Name experiments to compare them all the same.",
  );
}

class Interrupted extends Error {}

/** What a child process ended with, and said. */
interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a folder to its end. @throws Interrupted where a signal came */
type RunChild = (program: string, words: readonly string[], options: ChildOptions) => Promise<Said>;

interface ChildOptions {
  readonly folder: string;
  /**
   * Whether its standard error goes to the screen as well: without the command that it would be resumed by, which is none of the person's,
   * and nothing any more once a signal came.
   */
  readonly shows?: boolean;
}

/**
 * Does work that starts processes one after another, each in a group of its own. Ctrl-C so reaches this process alone, which
 * hands it on, waits for the child's orderly end and cleans up.
 */
async function withChildren<Result>(work: (run: RunChild) => Promise<Result>): Promise<Result> {
  let group: number | undefined;
  let interrupted = false;
  const heed = (signal: NodeJS.Signals) => {
    interrupted = true;
    try {
      if (group !== undefined) process.kill(-group, signal);
    } catch {
      // it has just ended
    }
  };
  const run: RunChild = async (program, words, { folder, shows = false }) => {
    if (interrupted) throw new Interrupted();
    // What npm was asked for is not meant for the child.
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_lifecycle_"));
    const child = spawn(program, words, {
      cwd: folder,
      env: Object.fromEntries(environment),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    group = child.pid;
    let [stdout, stderr, line] = ["", "", ""];
    const show = (text: string) => {
      const told = text.replace(/(^|; )resume with: .*$/, "");
      if (!interrupted && (told !== "" || text === "")) process.stderr.write(`${told}\n`);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (!shows) return;
      const lines = (line + text).split("\n");
      line = lines.pop()!;
      for (const whole of lines) show(whole);
    });
    const status = await new Promise<number | null>((resolve) => {
      child.on("error", (error) => {
        stderr += error.message;
        resolve(null);
      });
      child.on("close", resolve);
    });
    group = undefined;
    if (line !== "") show(line);
    if (interrupted) throw new Interrupted();
    return { status, stdout, stderr };
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, heed);
  try {
    return await work(run);
  } finally {
    for (const signal of signals) process.off(signal, heed);
  }
}

interface WorktreeParts {
  readonly revision: string;
  readonly commit: string;
  readonly screen: Terminal;
  readonly run: RunChild;
}

/** Does work on a commit that is checked out in a temporary folder, with its packages. Whatever happens, the folder is gone afterwards. */
async function inWorktree<Result>(
  { revision, commit, screen, run }: WorktreeParts,
  work: (root: string) => Promise<Result>,
): Promise<Result> {
  const temporary = mkdtempSync(path.join(os.tmpdir(), "cnn-findings-attest-"));
  const root = path.join(temporary, "checkout");
  try {
    screen.say(`checking out ${revision} (${commit.slice(0, 8)}) in a temporary folder`);
    // A hook of the person's own has nothing to do here.
    const words = ["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", root, commit];
    const added = await run("git", words, { folder: projectRoot });
    if (added.status !== 0) throw childError(`git could not check out ${revision}`, added);
    const [its, own] = [root, projectRoot].map((folder) =>
      readFileSync(path.join(folder, "package-lock.json"), "utf8"),
    );
    if (its === own) linkPackages(path.join(projectRoot, "node_modules"), path.join(root, "node_modules"));
    else screen.say(`${revision} has another package-lock.json: npm ci installs its packages there`);
    const ready = await run(process.execPath, [path.join(root, programStart), "setup"], { folder: root });
    if (ready.status !== 0) throw childError(`${revision} could not be set up`, ready);
    return await work(root);
  } finally {
    removeWorktree(root, screen);
    rmSync(temporary, { recursive: true, force: true });
  }
}

function childError(what: string, { stderr, stdout }: Said): Error {
  const lines = lastLines(stderr.trim() === "" ? stdout : stderr, 5);
  return new Error([`${what}:`, ...lines.map((line) => `    ${line}`)].join("\n"));
}

/** Also one that git was kept from finishing. */
function removeWorktree(root: string, screen: Terminal): void {
  try {
    git(projectRoot, "worktree", "remove", "--force", "--force", root); // twice: a lock is set while git checks out
  } catch {
    const inside = `${path.sep}${path.basename(path.dirname(root))}${path.sep}`;
    if (!git(projectRoot, "worktree", "list", "--porcelain").includes(inside)) return; // it was never made
    screen.warn(`notice: git still lists the worktree ${root}; \`git worktree prune\` makes it forget`);
  }
}

/**
 * Packages for a second checkout of the same lock: links, but for what its set-up may write into, the binding and the stamp of
 * TensorFlow. A folder of links, not a link: what npm should remove there are the links.
 */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (name === "@tensorflow") linkPackages(source, target);
    else if (["tfjs-node-gpu", ".cnn-findings", ".package-lock.json"].includes(name)) {
      cpSync(source, target, { recursive: true, dereference: true });
    } else symlinkSync(source, target);
  }
}

/** A revision with what measures by it. */
interface Side {
  /** For people. */
  readonly label: string;
  /** Its checkout. */
  readonly root: string;
  /** Where what it measures is kept: a folder of results for each scale. */
  readonly results: string;
}

interface PairParts {
  readonly experiment: FoundExperiment;
  readonly earlier: Side;
  readonly today: Side;
  readonly request: AttestRequest;
  readonly renamed: RenamedColumns;
  readonly screen: Terminal;
  readonly run: RunChild;
}

/** Measures an experiment's cells by both revisions, as far as they are not measured yet, and compares them. */
async function comparePair(parts: PairParts): Promise<Attempt> {
  const { experiment, earlier, today, request, renamed } = parts;
  const { name, columns } = experiment.definition;
  if (!existsSync(path.join(earlier.root, "experiments", `${name}.ts`))) return { experiment: name, outcome: "new" };
  const asked: { readonly scale: Scale; readonly there: EarlierPlan; readonly here: RunPlan }[] = [];
  for (const scale of request.scale === "quick" ? (["smoke", "quick"] as const) : (["smoke"] as const)) {
    asked.push({ scale, there: await earlierPlan(parts, scale), here: await todaysPlan(parts, scale) });
  }
  const identifiers = (cells: readonly { readonly id: string }[]) =>
    cells
      .map(({ id }) => id)
      .sort()
      .join(" ");
  if (asked.every(({ there, here }) => identifiers(there.cells) === identifiers(here.cells))) {
    return { experiment: name, outcome: "same code" };
  }

  const [before, after]: [MeasuredCell[], MeasuredCell[]] = [[], []];
  let code: CodeIdentity | null = null;
  for (const { scale, there, here } of asked) {
    const chosen = scale === "smoke" ? here.cells : cheapest(here.cells, request.cells);
    const keys = new Set(chosen.map(({ cell }) => canonicalJson(cell as Json)));
    const isChosen = ({ setting }: EarlierPlan["cells"][number]) =>
      chosen.length === here.cells.length ||
      keys.has(canonicalJson(renameColumns(setting, { columns, renamed }) as Json));
    const older = there.cells.filter(isChosen);
    const folder = path.join(resultsOf(earlier, scale), there.run);
    const isWritten = scale !== "smoke" || existsSync(path.join(folder, codeFile));
    if (!isWritten || older.some(({ cached }) => !cached))
      await measure(parts, earlier, scale, older, there.cells.length);
    if (chosen.some(({ cached }) => cached === null)) await measure(parts, today, scale, chosen, here.cells.length);
    before.push(...read(earlier, name, scale, older));
    after.push(...read(today, name, scale, chosen));
    code ??= readRunCode(folder);
  }
  if (code === null) throw new Error(`${name}: ${earlier.label} wrote no ${codeFile}`);
  return {
    experiment: name,
    outcome: "compared",
    comparison: compareMeasured(before, after, { columns, renamed }),
    before: code.roots,
    after: asked[0]!.here.measuringCode.cells.roots,
  };
}

function resultsOf({ results }: Side, scale: Scale): string {
  return path.join(results, scale);
}

/** The words behind the experiment's name that both revisions are given. */
function runWords({ request }: PairParts, side: Side, scale: Scale): string[] {
  const folders = ["--results", resultsOf(side, scale), "--reports", path.join(resultsOf(side, scale), "reports")];
  return ["--scale", scale, "--workers", request.workers, ...folders, "--quiet"];
}

/** What a run of the earlier revision would do, as its program tells it. */
const earlierPlanSchema = z.object({
  run: z.string(),
  cells: z.array(
    z.object({
      id: z.string(),
      setting: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      cached: z.boolean(),
    }),
  ),
});

type EarlierPlan = Readonly<z.infer<typeof earlierPlanSchema>>;

async function earlierPlan(parts: PairParts, scale: Scale): Promise<EarlierPlan> {
  const { earlier, experiment, run } = parts;
  const { name } = experiment.definition;
  const words = ["run", name, ...runWords(parts, earlier, scale), "--dry-run", "--json"];
  const said = await run(process.execPath, [path.join(earlier.root, programStart), ...words], { folder: earlier.root });
  if (said.status !== 0) throw childError(`${name} cannot be planned by ${earlier.label}`, said);
  try {
    return earlierPlanSchema.parse(JSON.parse(said.stdout));
  } catch (error) {
    throw new Error(`${name}: ${earlier.label} tells of its cells in another form: ${(error as Error).message}`);
  }
}

async function todaysPlan(parts: PairParts, scale: Scale): Promise<RunPlan> {
  const { definition, file } = parts.experiment;
  const asked = readCommandLine(
    definition,
    [...runWords(parts, parts.today, scale), "--dry-run"],
    ["run", definition.name],
  )!;
  return (await planAsked(definition, file, asked)).plan;
}

/** Those cells that cost least, each with the training of its network, in the order of the plan. */
function cheapest(cells: readonly PlannedCell[], count: number | null): readonly PlannedCell[] {
  const cost = ({ work, network }: PlannedCell) => (work ?? 0) + (network?.work ?? 0); // equal where it is not known
  const chosen = [...cells].sort((one, other) => cost(one) - cost(other)).slice(0, count ?? cells.length);
  return cells.filter((cell) => chosen.includes(cell));
}

/** @param total cells of the whole run @throws where not all could be measured */
async function measure(
  parts: PairParts,
  side: Side,
  scale: Scale,
  cells: readonly { readonly id: string }[],
  total: number,
): Promise<void> {
  const { experiment, screen, run } = parts;
  const { name } = experiment.definition;
  screen.say(`${name}: ${plural(cells.length, `${scale} cell`)} by ${side.label}`);
  const only = cells.length === total ? [] : ["--only", ...cells.map(({ id }) => id)];
  const words = ["run", name, ...runWords(parts, side, scale), "--no-colour", ...only];
  const said = await run(process.execPath, [path.join(side.root, programStart), ...words], {
    folder: side.root,
    shows: true,
  });
  if (said.status !== 0) throw new Error(`${side.label} does not measure all of its cells`);
}

function read(side: Side, experiment: string, scale: Scale, cells: readonly { readonly id: string }[]): MeasuredCell[] {
  return cells.map(({ id }) => {
    const found = readMeasured({ results: resultsOf(side, scale), experiment, scale, id });
    if (found === null) throw new Error(`${side.label} has measured no cell ${id}`);
    return found;
  });
}
