/** One step of our training, images and loss included: what `createTrainer` does for every experiment. */
import { engine, secondsOf, serve } from "./serve";
import { noiseTrainer } from "./training";

serve((task) => {
  const { trainer, parameters } = noiseTrainer(task);
  let index = 0;
  const step = () => trainer.step(index++).loss;
  return {
    facts: { version: engine(), parameters, check: [step(), step(), step()] },
    run: () => secondsOf(step, task.repeats),
  };
});
