/** `npx cnn-findings watch` as a person has it: the page of a run under way, by its server. */
import { request } from "node:http";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cnnFindings, inPlace, type Place, type Running, run, start } from "../run/program";

const weights = path.join(__dirname, "..", "fixtures", "weights.ts");

const watch = ({ results }: Place, ...words: readonly string[]) =>
  start(["watch", "--results", results, ...words], {}, cnnFindings);

interface Watching {
  /** "http://127.0.0.1:43210/". */
  readonly address: string;
  /** What the program said at its start. */
  readonly said: string;
}

/** Watches while the body goes on, then ends it as Ctrl-C does: cleanly, whatever pages are open. */
async function whileWatching(place: Place, words: readonly string[], body: (watching: Watching) => Promise<void>) {
  const watching = watch(place, ...words);
  try {
    await body(await addressOf(watching));
  } finally {
    watching.child.kill("SIGINT");
    const { status, stderr } = await watching.ended;
    assert.equal([status, stderr], [0, ""]);
  }
}

function addressOf({ child, ended }: Running): Promise<Watching> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
      if (address !== undefined && said.includes("Ctrl-C")) resolve({ address, said });
    });
    ended.then(({ stderr }) => reject(new Error(`ended without an address: ${stderr}`)));
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks as no browser would. */
function ask(address: string, { method = "GET", where = "/", headers = {} }): Promise<Answer> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: where, method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

interface News {
  title: string;
  readonly parts: Record<string, string>;
  figures: Readonly<Record<string, { readonly data: readonly { readonly name: string; readonly x: number[] }[] }>>;
}

/** What an open page has come to show, as soon as it is as asked. */
async function newsWhen(address: string, condition: (news: News) => boolean): Promise<News> {
  const response = await fetch(`${address}events`);
  const news: News = { title: "", parts: {}, figures: {} };
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(rest.slice(0, end))!;
      rest = rest.slice(end + 2);
      if (event === "figures") news.figures = JSON.parse(data!);
      else {
        const { title, parts } = JSON.parse(data!) as News;
        news.title = title;
        Object.assign(news.parts, parts);
      }
      if (condition(news)) return news;
    }
  }
  throw new Error(`the page never came to it: ${JSON.stringify(news)}`);
}

test("a page that is open before any run shows the run that begins, its end, and the verdicts", () =>
  inPlace((place) =>
    whileWatching(place, [], async ({ address, said }) => {
      assert.match(said, /no run has been started in \S+results: the page shows the next one/);
      assert.match((await ask(address, {})).text, "<h1>No run</h1>");

      const slow = start([...place.options, "--scale", "smoke", "--workers", "1", "--set", "pause=600"]);
      const under = await newsWhen(address, ({ parts }) => /adding \d+ %/.test(parts["under-way"] ?? ""));
      assert.match(under.parts.about!, "<h1>Sums of odd numbers</h1>");
      assert.match(under.parts.state!, /\d of 4 cells done, .* left/);
      assert.match(under.parts["under-way"]!, /kind \w+, seed \d/); // on a busy machine the first cell may be over
      assert.match(under.parts.verdicts!, "None yet");
      assert.match(under.title, /^\d+ % sums-smoke-/);

      const interim = await newsWhen(address, ({ parts }) => /claim-id/.test(parts.verdicts ?? ""));
      assert.match(interim.parts.verdicts!, /Interim.*Odd numbers add up to squares/s);
      assert.is((await slow.ended).status, 0);
      const over = await newsWhen(address, ({ parts }) => /Report:/.test(parts.state ?? ""));
      assert.match(over.parts.state!, "4 of 4 cells done");
      assert.match(over.title, /^sums-smoke-\w+ is complete$/);
      assert.not.match(over.parts.verdicts!, "Interim");
    }),
  ));

test("the curves of the networks that a run trains are drawn, one line a training", () =>
  inPlace(async (place) => {
    const trained = await start(["--scale", "smoke", "--workers", "2", ...place.options], {}, weights).ended;
    assert.is(trained.status, 0, trained.stderr);
    await whileWatching(place, ["weights"], async ({ address, said }) => {
      assert.match(said, "the last one: weights-smoke, 4 of 4 cells measured");
      const { figures } = await newsWhen(address, (news) => news.figures.loss !== undefined);
      for (const id of ["loss", "error"]) {
        assert.equal(
          figures[id]!.data.map(({ name, x }) => [name, x]),
          [
            ["resnet8", [4]],
            ["resnet8", [4]],
          ],
        );
      }
    });
  }));

test("a run that is killed is told of as gone; of several runs the page shows the one that is asked for", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--workers", "1"];
    assert.is((await run([...words, "--scale", "smoke"])).status, 0);
    const killed = start([...words, "--set", "pause=500"]);
    await killed.says("[1/6] kind ascending, seed 1: begun");
    killed.child.kill("SIGKILL");
    await killed.ended;
    await whileWatching(place, ["sums"], async ({ address }) => {
      const latest = (await ask(address, {})).text;
      assert.match(latest, "This run ended unexpectedly.");
      assert.match(latest, "The same command resumes");
      const [, link] = /<a href="(\?run=sums-smoke)"/.exec(latest)!;
      const asked = (await ask(address, { where: `/${link}` })).text;
      assert.match(asked, "This run is complete.");
      assert.match(asked, /run <strong>sums-smoke<\/strong>/);
      const [, report] = /Report: <a href="(report\?run=sums-smoke)">/.exec(asked)!;
      const { status, text } = await ask(address, { where: `/${report}` });
      assert.is(status, 200);
      assert.match(text, 'id="verdicts"');
      assert.is((await ask(address, { where: "/report?run=sums" })).status, 404); // it was killed before it had one
      assert.match((await ask(address, { where: "/?run=nonsense" })).text, "This run ended unexpectedly.");
    });
    await whileWatching(place, ["sums-smoke"], async ({ address }) => {
      assert.match((await ask(address, {})).text, /run <strong>sums-smoke<\/strong>/);
    });
  }));

test("only who calls it by a name of this machine is answered, and no other site may read or frame it", () =>
  inPlace((place) =>
    whileWatching(place, [], async ({ address }) => {
      const { port } = new URL(address);
      for (const where of ["/", "/events", "/report", "/assets/plotly.js"]) {
        for (const host of [
          `evil.example:${port}`,
          "evil.example",
          "127.0.0.1",
          `127.0.0.1:${Number(port) - 1}`,
          `127.0.0.1:${port}.evil.example`,
        ]) {
          const { status, text } = await ask(address, { where, headers: { host } });
          assert.is(status, 421, `${where} asked of ${host}`);
          assert.not.match(text, "<");
        }
      }
      const { status, headers } = await ask(address, { headers: { host: `localhost:${port}` } });
      assert.is(status, 200);
      const policy = String(headers["content-security-policy"]);
      for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
        assert.match(policy, part);
      }
      assert.not.match(policy, /script-src[^;]*unsafe|\*|https?:/);
      assert.is(headers["x-content-type-options"], "nosniff");
      assert.is(headers["cross-origin-resource-policy"], "same-origin");
      assert.is(headers["access-control-allow-origin"], undefined);

      assert.is((await ask(address, { method: "POST" })).status, 405);
      assert.equal(
        [(await ask(address, { method: "HEAD" })).text, (await ask(address, { method: "HEAD" })).status],
        ["", 200],
      );
      for (const where of ["/package.json", "/../../package.json", "/assets/../../package.json", "/assets/%2e%2e/x"]) {
        assert.is((await ask(address, { where })).status, 404, where);
      }
      assert.is((await ask(address, { where: "//" })).status, 400);
      const plotly = await ask(address, { where: "/assets/plotly.js" });
      assert.is(plotly.headers["content-type"], "text/javascript; charset=utf-8");
      assert.match(plotly.text.slice(0, 400), "plotly.js v");
    }),
  ));

test("misuse is told in words", () =>
  inPlace(async (place) => {
    const misused = async (...words: readonly string[]) => {
      const { status, stderr, stdout } = await watch(place, ...words).ended;
      assert.equal([status, stdout], [2, ""], stderr);
      return stderr;
    };
    assert.match(await misused("sums"), 'there is no run "sums" in ');
    assert.is((await run([...place.options, "--scale", "smoke"])).status, 0);
    assert.match(await misused("sum"), 'Did you mean "sums"?');
    assert.match(await misused("degradation"), "There are: sums, sums-smoke.");
    for (const port of ["x", "65536", "-1", "1.5"])
      assert.match(await misused(`--port=${port}`), "need a whole number");
    assert.match(await misused("--nonsense"), "unknown option");
    assert.match(await misused("one", "two"), "too many arguments");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    assert.match(await misused("--port", String(port)), `cannot listen on port ${port}: another program has it`);
    other.close();
    const help = await watch(place, "--help").ended;
    assert.is(help.status, 0);
    assert.match(help.stdout, "npx cnn-findings watch block-deletion");
  }));

test.run();
