import path from "node:path";
import { Command, Option } from "commander";
import { projectRoot } from "../base";

export interface LookingCommandParts {
  /** How the program is called: "npm run verify --". */
  readonly program: string;
  /** What the program takes besides. */
  readonly own: readonly Option[];
  /** What stands before and after the list of options. */
  readonly help: { readonly before: string; readonly after: string };
}

/** The options of every program that looks at runs without measuring, as they were typed. */
export interface TypedLookingOptions {
  readonly results?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly colour: boolean;
  readonly color: boolean;
}

/** What they ask for. */
export interface LookingOptions {
  /** Folder that holds a folder for each run. */
  readonly results: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly colour: boolean;
}

/** A command with the options of every program that looks at runs, behind the program's own. */
export function lookingCommand({ program, own, help }: LookingCommandParts): Command {
  const command = new Command(program)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // misuse is told once, by `runAsProgram`
    .allowExcessArguments(false);
  for (const option of own) command.addOption(option);
  return command
    .option("--results <folder>", "tables of the runs (default: the project's results/)")
    .option("--json", "prints what was found as JSON")
    .option("--quiet", "prints only what calls for attention")
    .option("--debug", "shows stack traces")
    .option("--no-colour", "plain text; so does the environment variable NO_COLOR")
    .addOption(new Option("--no-color").hideHelp())
    .helpOption("--help", "this text")
    .addHelpText("before", help.before)
    .addHelpText("after", help.after);
}

/** What the options of every such program ask for. */
export function readLookingOptions(typed: TypedLookingOptions): LookingOptions {
  return {
    results: path.resolve(typed.results ?? path.join(projectRoot, "results")),
    json: typed.json ?? false,
    quiet: typed.quiet ?? false,
    debug: typed.debug ?? false,
    colour: typed.colour && typed.color,
  };
}
