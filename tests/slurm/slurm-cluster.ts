/** A Slurm of its own for a test: munged, slurmctld and several slurmd on this machine, in a folder that is removed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Cluster {
  readonly nodes: readonly string[];
  /** What makes Slurm's commands talk to this cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** What one of Slurm's commands says. @throws Error when it fails */
  ask(command: string, ...words: string[]): string;
  /** Ends a node as a power cut would: its daemon and all that runs there. */
  cutPower(node: string): void;
  stop(): Promise<void>;
}

/** Why a cluster cannot be started here, in words; null when it can. */
export function clusterObstacle(): string | null {
  if (process.platform !== "linux") return "Slurm runs on Linux alone";
  if (process.getuid?.() !== 0) return "only root may start Slurm's daemons";
  const missing = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"].filter(
    (name) => which(name) === null,
  );
  return missing.length === 0 ? null : `there is no ${missing.join(", ")} (apt-get install slurm-wlm munge)`;
}

function which(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/**
 * Starts a cluster and waits until its nodes are idle.
 *
 * Without cgroups and without an accounting database, as in a container. A node that is gone is noticed after fifteen seconds.
 *
 * @param nodes how many, with a core each
 * @param largestArray Slurm's MaxArraySize: indices of an array are below it
 */
export async function startCluster({
  nodes: count,
  largestArray,
}: {
  nodes: number;
  largestArray: number;
}): Promise<Cluster> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "slurm-test-"));
  const inFolder = (...names: string[]) => path.join(folder, ...names);
  const nodes = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const ports = await freePorts(count + 1);
  const host = os.hostname().split(".")[0]!;
  mkdirSync(inFolder("munge"), { mode: 0o755 });
  mkdirSync(inFolder("state"));
  writeFileSync(inFolder("munge", "key"), randomBytes(128), { mode: 0o400 });
  writeFileSync(inFolder("slurm.conf"), configuration({ folder, host, ports, nodes, largestArray }));
  const environment = { SLURM_CONF: inFolder("slurm.conf") };

  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, program: string, words: readonly string[]) => {
    const log = openSync(inFolder(`${name}.out`), "a");
    const env = { ...process.env, ...environment };
    daemons.set(name, spawn(which(program)!, words, { stdio: ["ignore", log, log], env }));
    closeSync(log);
  };
  const ask = (command: string, ...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, words, {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
    if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${stderr}`);
    return stdout;
  };
  const stop = async () => {
    for (const node of nodes) cutPower(node);
    for (const daemon of daemons.values()) daemon.kill("SIGKILL");
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  };
  const cutPower = (node: string) => {
    daemons.get(node)?.kill("SIGKILL");
    // What Slurm starts on a node has the node's name in its environment; what watches over it is its parent, and must go
    // first, or it tells of the end.
    const processes = processesWith("SLURMD_NODENAME", node, inFolder("slurm.conf"));
    for (const pid of [...processes.flatMap(watcherOf), ...processes]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has just ended
      }
    }
  };

  try {
    const munge = (kind: string) => inFolder("munge", kind);
    start("munged", "munged", [
      "--foreground",
      "--force",
      "--num-threads=2",
      `--key-file=${munge("key")}`,
      `--socket=${munge("socket")}`,
      `--pid-file=${munge("pid")}`,
      `--log-file=${munge("log")}`,
      `--seed-file=${munge("seed")}`,
    ]);
    await until("munged listens", () => existsSync(munge("socket")));
    start("slurmctld", "slurmctld", ["-D", "-c"]);
    for (const node of nodes) start(node, "slurmd", ["-D", "-N", node]);
    await until("all nodes are idle", () => {
      const { stdout } = spawnSync("sinfo", ["--noheader", "--Node", "--format=%T"], {
        encoding: "utf8",
        env: { ...process.env, ...environment },
      });
      return stdout.split("\n").filter((state) => state === "idle").length === count;
    });
  } catch (error) {
    const said = readdirSync(folder)
      .filter((name) => name.endsWith(".out") || name.endsWith(".log"))
      .map((name) => `${name}:\n${readFileSync(inFolder(name), "utf8").slice(-2000)}`);
    await stop();
    throw new Error(`${(error as Error).message}\n${said.join("\n")}`);
  }
  return { nodes, environment, ask, cutPower, stop };
}

interface ConfigurationParts {
  readonly folder: string;
  readonly host: string;
  readonly ports: readonly number[];
  readonly nodes: readonly string[];
  readonly largestArray: number;
}

function configuration({ folder, host, ports, nodes, largestArray }: ConfigurationParts): string {
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${path.join(folder, "munge", "socket")}
CredType=cred/munge
StateSaveLocation=${path.join(folder, "state")}
SlurmctldPidFile=${path.join(folder, "slurmctld.pid")}
SlurmdPidFile=${path.join(folder, "slurmd-%n.pid")}
SlurmdSpoolDir=${path.join(folder, "spool-%n")}
SlurmctldLogFile=${path.join(folder, "slurmctld.log")}
SlurmdLogFile=${path.join(folder, "slurmd-%n.log")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MailProg=/bin/true
MpiDefault=none
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=15
KillWait=2
MaxArraySize=${largestArray}
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
${nodes.map((node, index) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[index + 1]} CPUs=1 State=UNKNOWN`).join("\n")}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** The slurmstepd that a process belongs to, if that is its parent. */
function watcherOf(pid: number): number[] {
  try {
    const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    return readFileSync(`/proc/${parent}/comm`, "utf8").startsWith("slurmstepd") ? [parent] : [];
  } catch {
    return []; // it has ended
  }
}

/** Processes of this cluster whose environment has a variable of that value. */
function processesWith(variable: string, value: string, configurationFile: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return environment.includes(`${variable}=${value}`) && environment.includes(`SLURM_CONF=${configurationFile}`);
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}

async function until(what: string, holds: () => boolean, seconds = 120): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(200)) if (holds()) return;
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}

/** Ports that nobody listens at now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
