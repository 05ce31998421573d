/** By how many percent the process grows over many training steps; run with --expose-gc. */
import { tf } from "../../src/runtime";
import { heldBytes } from "./process-memory";
import { engine, serve } from "./serve";
import { noiseTrainer } from "./training";

/** Steps before it counts: until then buffers are made and code is compiled. */
const settling = 0.2;

serve((task) => {
  const { trainer, parameters } = noiseTrainer(task);
  let index = 0;
  const steps = (count: number) => {
    for (let i = 0; i < count; i++) trainer.step(index++);
    global.gc?.();
    return heldBytes();
  };
  steps(Math.ceil(settling * task.repeats));
  return {
    facts: { version: engine(), parameters },
    run() {
      const { numTensors, numBytes } = tf.memory();
      const before = steps(1);
      const after = steps(task.repeats);
      const now = tf.memory();
      if (now.numTensors !== numTensors || now.numBytes !== numBytes) {
        throw new Error(
          `tensors are left behind: ${numTensors} of ${numBytes} bytes became ${now.numTensors} of ${now.numBytes}`,
        );
      }
      const megabytes = [before, after].map((bytes) => (bytes / 1e6).toFixed(0));
      return {
        measured: (100 * Math.max(0, after - before)) / before,
        note: `${task.repeats} steps: ${numTensors} tensors before and after, ${megabytes.join(" and ")} MB`,
      };
    },
  };
});
