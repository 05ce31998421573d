import type { LiveContent } from "../report";
import { plural } from "./run-head";
import { exitStatus } from "./run-options";
import { serveLivePage } from "./watch-server";
import { runWatcher } from "./watched-run";

export interface WatchRequest {
  /** Of a run or of an experiment; null for any run. */
  readonly name: string | null;
  /** Port on 127.0.0.1; 0 for one that is free. */
  readonly port: number;
  /** Folder that holds a folder for each run, and the store. */
  readonly results: string;
}

/**
 * Serves the page of a run under way until a signal ends it.
 *
 * @returns the exit status
 * @throws UsageError for a run that is not there, and for a port that cannot be had
 */
export async function watchRuns({ name, port, results }: WatchRequest): Promise<number> {
  const { look } = runWatcher(results, name);
  const server = await serveLivePage({ port, look });
  process.stdout.write(`${nowText(look(null))}\nthe page: ${server.address}\nCtrl-C ends it; the run goes on\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await server.close();
  return exitStatus.success;
}

/** What there is to see, in a line. */
function nowText({ shown, folder }: LiveContent): string {
  if (shown === null) return `no run has been started in ${folder}: the page shows the next one as soon as it begins`;
  const done = shown.cells.filter(({ state }) => state === "measured" || state === "cached").length;
  const cells = `${done} of ${plural(shown.cells.length, "cell")} measured`;
  return shown.state === "under way"
    ? `${shown.name}: ${cells}, ${shown.timeLeft} left`
    : `no run is under way in ${folder}; the last one: ${shown.name}, ${cells}`;
}
