/** Which TensorFlow: the one for the processor, the one with CUDA, or the absolute path of a folder that holds one. */
export type TensorFlowChoice = "cpu" | "gpu" | (string & {});

export interface SetUpOptions {
  /** Undefined where the command line leaves it open. */
  readonly choice: TensorFlowChoice | undefined;
  readonly dryRun: boolean;
  readonly debug: boolean;
  readonly help: boolean;
}

export declare const usage: string;
/** Reads the arguments of set-up. Throws TypeError on an unknown or contradictory one. */
export declare function readOptions(argv: readonly string[], environment?: NodeJS.ProcessEnv): SetUpOptions;
