/** A piece of set-up's work, shown on one line with the time it took. */
export interface Step {
  /** Shows how far it is; on a terminal the line is rewritten, in a log it is repeated every now and then. */
  progress(note: string): void;
}

const secondsBetweenLogLines = 10;

/**
 * Runs one piece of work and prints one line about it on standard error: "building the binding ... 7.1 s".
 *
 * @param title what is done, as a participle
 * @returns what `work` returns
 */
export async function step<Result>(title: string, work: (step: Step) => Promise<Result>): Promise<Result> {
  const { stderr } = process;
  const start = performance.now();
  let lastShown = start;
  stderr.write(`${title} ...`);
  const progress = (note: string) => {
    if (stderr.isTTY) {
      stderr.write(`\r\x1b[K${title} ... ${note}`);
    } else if (performance.now() - lastShown > 1000 * secondsBetweenLogLines) {
      lastShown = performance.now();
      stderr.write(` ${note} ...`);
    }
  };
  const end = (how: string) => stderr.write(stderr.isTTY ? `\r\x1b[K${title} ... ${how}\n` : ` ${how}\n`);
  try {
    const result = await work({ progress });
    end(`${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    end("failed");
    throw error;
  }
}
