/** Megabytes that the process holds at the peak of a training step, beyond those before the first. */

import { forgetPeak, heldBytes, peakBytes } from "./process-memory";
import { engine, serve } from "./serve";
import { noiseTrainer } from "./training";

serve((task) => {
  const { trainer, parameters } = noiseTrainer(task);
  const before = heldBytes();
  let index = 0;
  return {
    facts: { version: engine(), parameters, check: [] },
    run() {
      forgetPeak();
      trainer.step(index++);
      return (peakBytes() - before) / 1e6;
    },
  };
});
