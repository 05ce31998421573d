/** Slurm as the launcher of a run: job arrays with an element a cell. The command line hands it in. */
export type { SlurmOptions } from "./client";
export { slurmLauncher } from "./launcher";
export { readSbatchWords } from "./sbatch-words";
