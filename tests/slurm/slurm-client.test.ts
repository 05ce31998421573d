import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readCommandLine } from "../../src/cli/run";
import { endInWords, isLive, limitIn, readAccounts, readQueue, sbatchWords } from "../../src/slurm/client";
import { readSbatchWords, requestedClusters } from "../../src/slurm/sbatch-words";
import experiment from "../fixtures/sums";
import { inPlace, type Place, run } from "../run/program";

const optionsOf = (words: readonly string[]) => readCommandLine(experiment, words, ["run", "program"])!;
const slurmOf = (words: readonly string[]) => {
  const { launcher } = optionsOf(["--launcher", "slurm", ...words]);
  if (launcher.name !== "slurm") throw new Error("not Slurm");
  return launcher;
};
const request = {
  ...{ name: "cnn-findings-sums", indices: [0, 1, 2, 5], after: null, log: "/logs/sums-job-%A-%a.log" },
  ...{ workingFolder: "/project", script: "/jobs/element.sh", words: ["/jobs", "0"], slurm: slurmOf([]) },
};

/** Puts programs in place of Slurm's own. */
function fakes({ folder }: Place, programs: Readonly<Record<string, string>>): Record<string, string> {
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  return { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
}

// What Slurm 22.05 says, with %F|%K|%T|%N|%r.
const queueText = `1|3|PENDING||Resources
17||PENDING||Priority
1|0|RUNNING|n1|None
1|1|FAILED|n2|NonZeroExitCode
5|1|CANCELLED||DependencyNeverSatisfied
23|N/A|RUNNING|n3|None
`;

test("squeue's lines are read, and jobs that are no arrays passed over", () => {
  assert.equal(
    [...readQueue(queueText)],
    [
      ["1_3", { state: "PENDING", node: "", reason: "Resources" }],
      ["1_0", { state: "RUNNING", node: "n1", reason: "" }],
      ["1_1", { state: "FAILED", node: "n2", reason: "NonZeroExitCode" }],
      ["5_1", { state: "CANCELLED", node: "", reason: "DependencyNeverSatisfied" }],
    ],
  );
  assert.is(readQueue("").size, 0);
});

test("sacct's lines are read, steps and waiting elements passed over", () => {
  const text =
    "4_0|COMPLETED|n1\n4_0.batch|COMPLETED|n1\n4_1|CANCELLED by 1000|None assigned\n4_[2-7]|PENDING|None assigned\n9|RUNNING|n1\n";
  assert.equal(
    [...readAccounts(text)],
    [
      ["4_0", { state: "COMPLETED", node: "n1", reason: "" }],
      ["4_1", { state: "CANCELLED", node: "", reason: "" }],
    ],
  );
});

test("a job waits or runs unless its state is an end; a state nobody knows is none", () => {
  for (const state of ["PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED", "SUSPENDED", "NEW_IN_2030"]) {
    assert.ok(isLive({ state, node: "", reason: "" }), state);
  }
  for (const state of ["TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "CANCELLED", "FAILED", "COMPLETED", "PREEMPTED"]) {
    assert.not.ok(isLive({ state, node: "", reason: "" }), state);
  }
  assert.not.ok(isLive(undefined));
  assert.is(endInWords("TIMEOUT"), "reached its time limit");
});

test("sbatch is asked for what was asked for, and for nothing else", () => {
  const bare = sbatchWords(request);
  assert.ok(bare.includes("--array=0-2,5"));
  assert.ok(bare.includes("--cpus-per-task=1"));
  assert.equal(bare.slice(-3), ["/jobs/element.sh", "/jobs", "0"]);
  assert.not.match(bare.join(" "), /--(account|partition|gres|time|mem|dependency)=/);
  const words = ["--account", "lab", "--partition", "gpu", "--gpus", "a100:1", "--time", "1-12", "--memory", "8G"];
  const more = ["--cores", "4", "--workers", "16", "--sbatch", " --qos=long  --constraint=ib "];
  const full = sbatchWords({ ...request, after: "41", slurm: slurmOf([...words, ...more]) });
  for (const word of [
    ...["--account=lab", "--partition=gpu", "--gres=gpu:a100:1", "--time=1-12", "--mem=8G", "--cpus-per-task=4"],
    ...["--array=0-2,5%16", "--dependency=aftercorr:41", "--kill-on-invalid-dep=yes", "--qos=long", "--constraint=ib"],
  ]) {
    assert.ok(full.includes(word), word);
  }
});

test("the words of --sbatch are parted as a shell parts them", () => {
  assert.equal(readSbatchWords(`--constraint="a|b"`), ["--constraint=a|b"]);
  assert.equal(readSbatchWords(`--comment "two words" -C 'x y' --mail-user=a\\ b -H`), [
    ...["--comment", "two words", "-C", "x y", "--mail-user=a b", "-H"],
  ]);
  assert.throws(() => readSbatchWords('--comment "two'), /a quote is opened and not closed/);
  assert.throws(() => readSbatchWords("--qos=long job.sh"), /"job.sh" is no option/);
  assert.throws(() => readSbatchWords("--qos"), /needs a value/);
});

test("options of the launcher's own are refused in every spelling, and others are not", () => {
  for (const words of [
    ...["--array=1", "--array 1", "--arr=1", "-a 1", "-a1", "-Ha1", "--output=x", "--out x", "-o x", "--wrap='a b'"],
    ...["--parsable", "--pars", "--dependency=singleton", "-d x", "-n2", "-c 4", "-W", "--wait", "--test-only", "-Dx"],
  ]) {
    assert.throws(() => readSbatchWords(words), /is the launcher's own/, words);
  }
  for (const words of ["--qos=long", "--no-requeue", "--exclusive", "-M c5", "--time-min=5", "--nodes=1", "--export=A"])
    assert.ok(readSbatchWords(words).length > 0, words);
});

test("refusals for the number of jobs are told from all others", () => {
  assert.is(
    limitIn("sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Job violates ..."),
    "AssocMaxSubmitJobLimit",
  );
  assert.is(limitIn("sbatch: error: QOSMaxSubmitJobPerUserLimit"), "QOSMaxSubmitJobPerUserLimit");
  assert.is(limitIn("Batch job submission failed: Invalid job array specification"), "MaxArraySize");
  const general = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";
  assert.is(limitIn(general), "job submit limit");
  assert.is(limitIn(`sbatch: error: QOSMaxWallDurationPerJobLimit\n${general}`), null);
  assert.is(limitIn("Batch job submission failed: Invalid account"), null);
});

test("the cluster that sbatch answers goes along to squeue and scancel", () =>
  inPlace(async (place) => {
    const calls = path.join(place.folder, "calls");
    const environment = fakes(place, {
      sbatch: "echo '4242;c5'",
      scontrol: "exit 1",
      sacct: "exit 1",
      // The queue of the cluster at hand is empty.
      squeue: `echo squeue "$@" >> ${calls}; case "$*" in *--clusters=c5*) for i in 0 1 2 3; do echo "4242|$i|RUNNING|n1|None"; done;; esac`,
      scancel: `echo scancel "$@" >> ${calls}`,
    });
    const words = [...place.options, "--scale", "smoke", "--sbatch", "--clusters=c5"];
    const submitted = await run([...words, "--jobs", "submit"], environment);
    assert.match(submitted.stdout, "4 cells handed to Slurm as job 4242;c5");
    assert.match((await run([...words, "--jobs", "submit"], environment)).stdout, "4 cells with Slurm already");
    assert.match((await run([...words, "--jobs", "status"], environment)).stdout, "4 cells: 4 running");
    assert.match((await run([...words, "--jobs", "cancel"], environment)).stdout, "ended: 4 jobs of Slurm");
    const told = readFileSync(calls, "utf8");
    assert.match(told, "scancel --clusters=c5 4242_0 4242_1 4242_2 4242_3");
    assert.not.match(told, /squeue (?!--clusters=c5)/);
    assert.equal(requestedClusters(["-M", "a,b"], {}), ["a", "b"]);
    assert.is(requestedClusters(["--comment=x"], {}), null);
    for (const words of [["-pMain"], ["-A", "-Mine"], ["--comment", "--clusters=a"]]) {
      assert.is(requestedClusters(words, {}), null, words.join(" "));
    }
    assert.equal(requestedClusters(["-HMa"], {}), ["a"]);
  }));

test("options that Slurm would not understand, or that need it, are refused in words", () => {
  const refused = (words: readonly string[], said: RegExp) =>
    assert.throws(
      () => optionsOf(words),
      (error: Error) => error.name === "UsageError" && said.test(error.message),
    );
  refused(["--partition", "gpu"], /--partition gpu: only with --launcher slurm/);
  refused(["--jobs", "status", "--launcher", "local"], /--jobs status: only with --launcher slurm/);
  refused(["--launcher", "slurm", "--time", "soon"], /--time soon: need minutes/);
  refused(["--launcher", "slurm", "--memory", "8 GB"], /--memory 8 GB: need a size/);
  refused(["--launcher", "slurm", "--gpus", "0"], /--gpus 0: need a count/);
  refused(["--launcher", "slurm", "--cores", "0"], /--cores 0: need a whole number/);
  refused(["--launcher", "slurm", "--account", "a b"], /--account a b: need a name/);
  refused(["--launcher", "pbs"], /local, slurm/);
  for (const time of ["90", "90:30", "4:00:00", "1-12", "1-12:30", "1-12:30:00"])
    assert.is(slurmOf(["--time", time]).time, time);
});

test("an action on jobs implies Slurm, which stays in the command that is given again, and the action does not", () => {
  const { launcher, jobs, command } = optionsOf(["--scale", "smoke", "--jobs", "cancel"]);
  assert.equal(
    [launcher.name, jobs, command],
    ["slurm", "cancel", "npx cnn-findings run program --scale smoke --launcher slurm"],
  );
  assert.is(optionsOf(["--jobs=submit"]).command, "npx cnn-findings run program --launcher slurm");
});

test("without Slurm the run ends with status 2 and says what to do", () =>
  inPlace(async ({ options }) => {
    for (const more of [[], ["--jobs", "status"]]) {
      const { status, stderr } = await run([...options, "--launcher", "slurm", ...more], { PATH: "" });
      assert.is(status, 2, stderr);
      assert.match(stderr, /error: --launcher slurm: there is no (scontrol|squeue) here/);
      assert.match(stderr, "login node");
    }
  }));

test("what sbatch refuses is told in its words, with status 1", () =>
  inPlace(async (place) => {
    const refusal = 'echo "sbatch: error: Batch job submission failed: Invalid account" >&2; exit 1';
    const environment = fakes(place, { sbatch: refusal, scontrol: "exit 1", squeue: "exit 0" });
    const { status, stderr } = await run([...place.options, "--launcher", "slurm"], environment);
    assert.is(status, 1, stderr);
    assert.match(stderr, "error: sbatch did not take the job: Batch job submission failed: Invalid account");
    assert.not.match(stderr, "--debug");
  }));

test("a controller that does not answer is told in words, and no cell is taken for lost", () =>
  inPlace(async (place) => {
    const environment = fakes(place, {
      squeue: 'echo "Unable to contact slurm controller" >&2; exit 1',
      sacct: "exit 1",
    });
    const { status, stderr } = await run([...place.options, "--jobs", "status"], environment);
    assert.is(status, 1, stderr);
    assert.match(stderr, "error: squeue got no answer from Slurm");
  }));

test("a dry run needs no Slurm", () =>
  inPlace(async ({ options }) => {
    const { status, stderr } = await run([...options, "--launcher", "slurm", "--cores", "2", "--dry-run"], {
      PATH: "",
    });
    assert.is(status, 0, stderr);
    assert.match(stderr, "Slurm, up to 6 cells at a time with 2 threads");
  }));

test.run();
