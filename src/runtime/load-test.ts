/**
 * Computes 1 + 1 on the backend and prints the facts about it as JSON: a program of its own, run in a child process by
 * set-up and by the doctor, because a library that does not fit may end the process that loads it.
 */
import { runtimeFacts, SetUpError, tf } from ".";

try {
  const two = tf.tidy(() => tf.add(1, 1).arraySync());
  if (two !== 2) throw new Error(`1 + 1 gave ${two}`);
  console.log(JSON.stringify(runtimeFacts()));
} catch (error) {
  console.error(error instanceof SetUpError ? error.message : error);
  process.exitCode = 1;
}
