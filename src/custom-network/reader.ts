/**
 * The program that reads a file with a custom network before the run, in a process of its own: what the file does (it may
 * load TensorFlow, print, or never end) stays there, and the parent never loads TensorFlow.
 */
import { type GivenWeights, loadCustomNetwork, type NetworkSize, type OnnxFacts } from "./file";

/** The only message it gets. */
export interface ReadingRequest {
  readonly file: string;
  readonly size: NetworkSize;
}

process.on("disconnect", () => process.exit(0));
process.on("message", ({ file, size }: ReadingRequest) => {
  process.channel?.unref(); // where a promise of the file is never settled, nothing else holds the process
  loadCustomNetwork(file, size).then(
    ({ architecture, given }) =>
      send({
        architecture,
        checksum: given?.checksum ?? null,
        images: given?.images ?? null,
        onnx: given?.graph === undefined ? null : factsOf(given.graph),
      }),
    (error: unknown) => {
      const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
      const origin = cause instanceof Error ? cause : error;
      send({ failure: { name, message, stack: origin instanceof Error ? (origin.stack ?? "") : "" } });
    },
  );
});

function factsOf({ runtimeVersion: version, notes, channelStatistics }: NonNullable<GivenWeights["graph"]>): OnnxFacts {
  return { version, notes, isPrepared: channelStatistics !== undefined };
}

/** What it answers, once; then it ends, whatever the file has left running. */
function send(answer: object): void {
  process.send?.(answer, () => process.exit(0));
}
