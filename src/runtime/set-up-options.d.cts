/** Which TensorFlow: the one for the processor, the one with CUDA, or the absolute path of a folder that holds one. */
export type TensorFlowChoice = "cpu" | "gpu" | (string & {});

export interface SetUpOptions {
  /** Undefined where the command line leaves it open. */
  readonly choice: TensorFlowChoice | undefined;
  readonly dryRun: boolean;
  readonly debug: boolean;
  readonly help: boolean;
}

/** The TensorFlow that the harness is tried with, and that set-up fetches. */
export declare const tensorFlowVersion: string;
export declare const usage: string;
/** Reads the arguments of set-up. Throws TypeError on an unknown or contradictory one. */
export declare function readOptions(argv: readonly string[], environment?: NodeJS.ProcessEnv): SetUpOptions;

/** What a successful set-up of TensorFlow records in the checkout. */
export interface SetUpStamp {
  /** Version of this record's form. */
  readonly layout: 2;
  readonly choice: TensorFlowChoice;
  /** TensorFlow's version, as the library itself tells it. */
  readonly version: string;
  /** The folder that holds the libraries. */
  readonly folder: string;
  /** The libraries and the binding, by absolute path. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Hash of this project's own part of the binding. */
  readonly native: string;
}

/** Path of the stamp within a checkout. */
export declare const stampFile: string;
/** What the last successful set-up of TensorFlow left in this checkout, or undefined. */
export declare function readStamp(root: string): SetUpStamp | undefined;
/** A hash of this project's own part of the binding: where it changes, the binding is built anew. */
export declare function nativeSources(root: string): string;
/**
 * Whether every file that the stamp vouches for is still there in its size, and the TensorFlow is the one that set-up would
 * fetch today; one that the user named may be of any version.
 */
export declare function stampHolds(stamp: SetUpStamp): boolean;
