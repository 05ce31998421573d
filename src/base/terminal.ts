import { createColors } from "picocolors";

export type Colours = ReturnType<typeof createColors>;

/** Where a run says what it does. Results go to standard output, all else to standard error. */
export interface Terminal {
  /** A line of the story: head, progress, notices. Silent under --quiet. */
  say(line: string): void;
  /** A line that even --quiet must not swallow: failures. */
  warn(line: string): void;
  /** Results. */
  print(text: string): void;
  readonly colours: Colours;
  /** Whether results may be coloured. */
  readonly colourResults: boolean;
  /** Whether standard error is a screen on which lines can be redrawn. */
  readonly isLive: boolean;
  /** Columns of the screen; of standard output for results. */
  readonly width: () => number;
  /** Lines redrawn in place below all that is said; none where the screen is not live. */
  draw(lines: readonly string[]): void;
}

export interface TerminalOptions {
  readonly quiet: boolean;
  /** False under --no-colour. */
  readonly colour: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly out?: Stream;
  readonly error?: Stream;
}

/** What is used of a standard stream. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function terminal({
  quiet,
  colour,
  environment = process.env,
  out = process.stdout,
  error = process.stderr,
}: TerminalOptions): Terminal {
  let drawn: readonly string[] = [];
  const isLive = !quiet && error.isTTY === true && environment.TERM !== "dumb";
  const erase = () => (drawn.length === 0 ? "" : `\u001b[${drawn.length}A\u001b[0J`);
  const above = (line: string) => {
    error.write(`${erase()}${line}\n${drawn.map((below) => `${below}\n`).join("")}`);
  };
  return {
    say: (line) => {
      if (!quiet) above(line);
    },
    warn: above,
    print: (text) => {
      out.write(`${text}\n`);
    },
    colours: createColors(mayColour(colour, environment, error)),
    colourResults: mayColour(colour, environment, out),
    isLive,
    width: () => error.columns || out.columns || 100, // 0 where a terminal does not know its size
    draw(lines) {
      if (!isLive) return;
      error.write(`${erase()}${lines.map((line) => `${line}\n`).join("")}`);
      drawn = lines;
    },
  };
}

/** NO_COLOR (no-color.org) and --no-colour forbid, FORCE_COLOR allows; otherwise only a screen gets colour. */
function mayColour(
  asked: boolean,
  environment: Readonly<Record<string, string | undefined>>,
  { isTTY = false }: Stream,
): boolean {
  if (!asked || environment.NO_COLOR) return false;
  return environment.FORCE_COLOR ? environment.FORCE_COLOR !== "0" : isTTY && environment.TERM !== "dumb";
}
