/**
 * The part of the page that computes, in a worker of the page: the networks of this project, run along routes by its own
 * forward pass. It answers each question with what every image is taken for, a batch at a time.
 */
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import wasm from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
import { batchesInOrder } from "../../data";
import { disposeNetwork, foldBatchNormalisation, type Network, networkWithWeights } from "../../networks";
import { routeLogits } from "../../routes";
import { type Answer, type PageData, type Question, unpackWeights } from "../page-data";
import { answerFlow } from "./flow-engine";
import { tf } from "./runtime";

/** Images at a time: few enough that a newer question need not wait. */
const batchSize = 50;

let data: PageData;
let networks: readonly Network[];
/** Of the question that is being answered; a newer one takes its place. */
let latest = 0;

/** Settled once questions can be answered: they may come before. */
let ready: Promise<string>;

self.onmessage = async ({ data: message }: MessageEvent<Question>) => {
  try {
    if (message.kind === "begin") {
      ready = begin(message.data, message.backend);
      answer({ kind: "ready", backend: await ready });
      return;
    }
    await ready;
    if (message.kind === "classify") await classify(message);
    else await answerFlow(message, answer);
  } catch (error) {
    answer({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
  }
};

/** Makes the networks ready. @returns the name of what computes */
async function begin(given: PageData, backend: string | null): Promise<string> {
  data = given;
  const chosen = await chooseBackend(backend);
  networks = data.networks.map(({ architecture, weights }) => {
    const network = networkWithWeights(architecture, unpackWeights(architecture, weights));
    const folded = foldBatchNormalisation(network);
    disposeNetwork(network);
    return folded;
  });
  return chosen;
}

/** WebAssembly where the browser has its vector instructions, else plain JavaScript. */
async function chooseBackend(backend: string | null): Promise<string> {
  const environment = tf.env();
  environment.set("WASM_HAS_MULTITHREAD_SUPPORT", false); // threads want a server's headers, which a file has not
  if (backend !== "cpu" && (await environment.getAsync("WASM_HAS_SIMD_SUPPORT"))) {
    // The program lies in this script: nothing is fetched.
    environment.platform.fetch = async () => new Response(wasm);
    setWasmPaths("", true);
    if (await tf.setBackend("wasm").catch(() => false)) return "wasm";
  }
  await tf.setBackend("cpu");
  return "cpu";
}

/** What each image is taken for on every route, a batch after the other. */
async function classify({ id, network, routes }: Extract<Question, { kind: "classify" }>): Promise<void> {
  latest = id;
  const { images } = data;
  const { statistics } = data.networks[network]!;
  const began = performance.now();
  for (const { start, values, shape, labels } of batchesInOrder(images, batchSize, statistics)) {
    const logits = tf.tidy(() => routeLogits(networks[network]!, routes, tf.tensor4d(values, shape)));
    const taken = logits.map((one) => {
      const classes = one.shape[1];
      const scores = one.dataSync<"float32">();
      one.dispose();
      return Uint16Array.from(labels, (_, image) => {
        const own = scores.subarray(image * classes, (image + 1) * classes);
        return own.reduce((best, score, i) => (score > own[best]! ? i : best), 0);
      });
    });
    answer({ kind: "batch", id, start, taken, milliseconds: performance.now() - began });
    await new Promise((resolve) => setTimeout(resolve)); // lets a newer question in
    if (latest !== id) return;
  }
}

function answer(message: Answer): void {
  self.postMessage(message);
}
