/** The page on which a person cuts trained networks. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { html, indexFile, renderOwnPage } from "../report";
import type { PageScripts } from "./bundle";
import { toJson } from "./page-data";
import { type CutRun, runText } from "./stored-networks";

/** A whole page; it stands alone, and reaches for no network. */
export function renderPlayground(run: CutRun, { engine, page }: PageScripts): string {
  const { images, networks } = run.data;
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return renderOwnPage({
    title: "Cut a trained network",
    header: html`<p class="question">What does a trained network lose when blocks are deleted, or run in another order?</p>
  <p class="facts"><span>${runText(run)}</span> <span>${images.count} test images: one is ${(100 / images.count).toFixed(2)} points</span></p>`,
    nav: html`<nav aria-label="Pages"><a href="${indexFile}">All claims</a> <a href="https://arxiv.org/abs/1605.06431">Veit, Wilber &amp; Belongie 2016</a></nav>
`,
    main: html`<noscript><p class="no-plot">This page computes in the browser: it needs JavaScript.</p></noscript>
<div role="tablist" aria-label="What is cut" class="tabs">
<button type="button" role="tab" id="tab-blocks" aria-controls="panel-blocks" aria-selected="true">Blocks</button>
<button type="button" role="tab" id="tab-flow" aria-controls="panel-flow" aria-selected="false" tabindex="-1">Differential equations</button>
</div>
<div role="tabpanel" id="panel-blocks" aria-labelledby="tab-blocks">
<fieldset class="networks"><legend>Network</legend>
${networks.map(
  ({ architecture: { name, blocks } }, i) => html`<label><input type="radio" name="network" value="${i}"${
    i === 0 && html` checked`
  }><span>${kindOf(name, blocks)} <small>${name}</small></span></label>
`,
)}</fieldset>
<div class="bench">
<section aria-labelledby="result-heading" class="result-panel" id="result">
  <h2 id="result-heading">Test error</h2>
  <p class="estimate" id="error">…</p>
  <p id="error-text">starting</p>
  <div class="gauge" aria-hidden="true"><i class="tick chance"></i><i class="tick" id="mark-intact" hidden></i><i class="fill" id="mark-error" hidden></i><i class="tick guess" id="mark-guess" hidden></i></div>
  <p class="gauge-text" aria-hidden="true"><span>0</span><span>guessing: 90 %</span></p>
  <div id="guess" hidden>
    <label for="prediction">Your prediction</label> <output id="prediction-text" for="prediction">50 %</output>
    <input type="range" id="prediction" min="0" max="100" value="50"> <button type="button" id="reveal">Reveal</button>
  </div>
  <p id="miss"></p>
  <p class="small muted" id="time"></p>
</section>
<section aria-labelledby="blocks-heading" class="blocks-panel">
  <h2 id="blocks-heading">Blocks</h2>
  <p class="hint">Click a block to delete it, drag it to another place of its stage. <span class="keys">Keys: arrows, Space, Shift with an arrow to move.</span> <span id="skips"></span></p>
  <div id="picture" role="group" aria-labelledby="blocks-heading"></div>
  <p class="moving"><span id="selected"></span>
    <button type="button" id="earlier">← earlier</button> <button type="button" id="later">later →</button></p>
  <div class="sliders">
    <label for="deletions">Delete at random</label> <input type="range" id="deletions" min="0" max="1" value="0"> <output id="deletions-text" for="deletions"></output>
    <label for="shuffling">Shuffle stages</label> <input type="range" id="shuffling" min="0" max="1" value="0"> <output id="shuffling-text" for="shuffling"></output>
  </div>
  <p class="actions"><button type="button" id="draw">Draw other blocks</button> <button type="button" id="restore">Restore all</button>
    <label class="predict"><input type="checkbox" id="predict"> Predict, then reveal</label></p>
</section>
<section aria-labelledby="misread-heading" class="misread-panel">
  <h3 id="misread-heading">Misread images</h3>
  <p id="misread-text" class="small muted"></p>
  <div id="misread"></div>
</section>
</div>
<section aria-labelledby="papers-heading">
  <h2 id="papers-heading">Beside the paper</h2>
  <p class="legend"><span class="key own"></span> our run, mean <span class="key paper"></span> the paper (ResNet-110 and VGG, CIFAR-10) <span class="key cut"></span> your cuts</p>
  <div class="plots">
    <figure><div id="deletions-figure"></div><figcaption><strong>Deleting blocks.</strong> <span id="deletions-paper"></span></figcaption></figure>
    <figure><div id="reordering-figure"></div><figcaption><strong>Reordering blocks.</strong> <span id="reordering-paper"></span></figcaption></figure>
    <figure><div id="singles-figure"></div><figcaption><strong>Each block alone.</strong> <span id="singles-paper"></span> <button type="button" id="sweep">Delete each block in turn</button></figcaption></figure>
    <figure><div id="paths-figure"></div><figcaption><strong>Paths that are left.</strong> <span id="paths-text"></span></figcaption></figure>
  </div>
</section>
</div>
<div role="tabpanel" id="panel-flow" aria-labelledby="tab-flow" hidden>
<p>A residual network is an Euler step of x′ = tanh(x W(t) + b(t)) at each layer. Learn W and b here, with 32 layers of step size h; then run the same equation with other steps. The experiment <code>ode-learning</code> does so with five seeds.</p>
<p class="actions flow-choice"><label>Problem <select id="flow-problem"><option>spirals</option><option>ellipses</option><option>swiss roll</option></select></label>
  <label>Weights <select id="flow-weights"><option value="free">free: one set a layer</option><option value="piecewise linear">piecewise linear in t: 8 knots</option></select></label>
  <button type="button" id="flow-learn">Learn</button></p>
<div class="bench">
<section aria-labelledby="flow-result-heading" class="result-panel">
  <h2 id="flow-result-heading">Test error</h2>
  <p class="estimate" id="flow-error">–</p>
  <p id="flow-error-text">nothing is learned yet</p>
</section>
<section aria-labelledby="flow-steps-heading" class="blocks-panel">
  <h2 id="flow-steps-heading">Depth and step size</h2>
  <div class="sliders">
    <label for="flow-layers">Depth, time kept</label> <input type="range" id="flow-layers" min="2" max="7" value="5"> <output id="flow-layers-text" for="flow-layers"></output>
    <label for="flow-step">Step size</label> <input type="range" id="flow-step" min="-6" max="6" value="0"> <output id="flow-step-text" for="flow-step"></output>
  </div>
  <div class="plots">
    <figure><div id="flow-region"></div><figcaption>Shaded: where the network decides for the filled points.</figcaption></figure>
  </div>
</section>
</div>
<div class="plots">
  <figure><div id="flow-depth-figure"></div><figcaption><strong>Other depths.</strong> The time stays, so more layers are smaller steps.</figcaption></figure>
  <figure><div id="flow-step-figure"></div><figcaption><strong>Other step sizes.</strong> The layers stay, so the time changes with the step.</figcaption></figure>
</div>
</div>
<p class="visually-hidden" role="status" id="said"></p>`,
    style: readFileSync(path.join(__dirname, "playground.css"), "utf8"),
    script: page,
    worker: engine,
    data: { "page-data": toJson(run.data, base64), "page-classes": run.classes },
  });
}

function kindOf(name: string, blocks: CutRun["data"]["networks"][number]["architecture"]["blocks"]): string {
  if (blocks.some(({ shortcut }) => shortcut !== null)) return "Residual network";
  return name.startsWith("vgg") ? "VGG-style net" : "Plain network";
}
