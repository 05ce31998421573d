import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { errorCode, exitStatus, plural, UsageError } from "../base";
import {
  type LiveContent,
  liveEventsPath,
  livePagePolicy,
  liveParts,
  liveReportPath,
  liveTitle,
  pagePolicy,
  plotlyAssetPath,
  renderLivePage,
  trainingFigures,
} from "../report";
import { runWatcher } from "./watched-run";

export interface WatchRequest {
  /** Of a run or of an experiment; null for any run. */
  readonly name: string | null;
  /** Port on 127.0.0.1; 0 for one that is free. */
  readonly port: number;
  /** Folder that holds a folder for each run, and the store. */
  readonly results: string;
}

/**
 * Serves the page of a run under way until a signal ends it.
 *
 * @returns the exit status
 * @throws UsageError for a run that is not there, and for a port that cannot be had
 */
export async function watchRuns({ name, port, results }: WatchRequest): Promise<number> {
  const { look } = runWatcher(results, name);
  const server = await serveLivePage({ port, look });
  process.stdout.write(`${nowText(look(null))}\nthe page: ${server.address}\nCtrl-C ends it; the run goes on\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await server.close();
  return exitStatus.success;
}

/** What there is to see, in a line. */
function nowText({ shown, folder }: LiveContent): string {
  if (shown === null) return `no run has been started in ${folder}: the page shows the next one as soon as it begins`;
  const done = shown.cells.filter(({ state }) => state === "measured" || state === "cached").length;
  const cells = `${done} of ${plural(shown.cells.length, "cell")} measured`;
  return shown.state === "under way"
    ? `${shown.name}: ${cells}, ${shown.timeLeft}`
    : `no run is under way in ${folder}; the last one: ${shown.name}, ${cells}`;
}

/** Serves the page of a run under way, to this machine alone. */

export interface ServeOptions {
  /** Port on 127.0.0.1; 0 for one that is free. */
  readonly port: number;
  /** How things are, for a page that asks for a run by its name (null: for none). */
  readonly look: (run: string | null) => LiveContent;
  /** Time between two looks while a page is open. */
  readonly pollMilliseconds?: number;
}

export interface LiveServer {
  readonly port: number;
  /** "http://127.0.0.1:43210/". */
  readonly address: string;
  /** Ends it, with all its connections. */
  close(): Promise<void>;
}

/**
 * Serves the page on the loopback interface.
 *
 * A request must name this server by an address of the loopback interface: a web site whose own name was made to lead here
 * (DNS rebinding) does not, and is refused. No other site can read or frame the page.
 *
 * @throws UsageError when the port is taken or may not be used
 */
export async function serveLivePage({ port: asked, look, pollMilliseconds = 1000 }: ServeOptions): Promise<LiveServer> {
  let names: ReadonlySet<string> = new Set();
  const server = createServer((request, response) => {
    try {
      answer(request, response, { names, look, pollMilliseconds });
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, headers("text/plain; charset=utf-8")).end(`${(error as Error).message}\n`);
    }
  });
  const port = await listening(server, asked);
  names = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    port,
    address: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const advice = "Name another by --port, or leave it out: a free one is found.";
      const why = { EADDRINUSE: "another program has it", EACCES: "this user may not take it" }[errorCode(error)];
      reject(why === undefined ? error : new UsageError(`cannot listen on port ${port}: ${why}`, advice));
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

interface Answering extends Required<Omit<ServeOptions, "port">> {
  /** What a request may call this server. */
  readonly names: ReadonlySet<string>;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { names, look, pollMilliseconds }: Answering,
): void {
  const refusal = refusalOf(request, names);
  if (refusal !== null) {
    response.writeHead(refusal.status, headers("text/plain; charset=utf-8", refusal.headers)).end(`${refusal.why}\n`);
    return;
  }
  const { pathname, searchParams } = addressed(request)!;
  const run = searchParams.get("run");
  if (pathname === "/") send(response, request, "text/html; charset=utf-8", renderLivePage(look(run)));
  else if (pathname === `/${plotlyAssetPath}`)
    sendFile(response, request, plotlyFile, { "Cache-Control": "max-age=3600" });
  else if (pathname === `/${liveReportPath}`) sendReport(response, request, look(run));
  else tellNews(response, () => look(run), pollMilliseconds);
}

interface Refusal {
  readonly status: number;
  readonly why: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Why a request gets no answer; null where it gets one. */
function refusalOf(request: IncomingMessage, names: ReadonlySet<string>): Refusal | null {
  if (!names.has(request.headers.host ?? "")) {
    return { status: 421, why: "this page is served to 127.0.0.1 and localhost alone" };
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, why: "this page is only read", headers: { Allow: "GET, HEAD" } };
  }
  const address = addressed(request);
  if (address === null) return { status: 400, why: "this is no address of a page" };
  const served = ["/", `/${plotlyAssetPath}`, `/${liveEventsPath}`, `/${liveReportPath}`];
  return served.includes(address.pathname) ? null : { status: 404, why: "there is nothing here but the page of a run" };
}

function addressed({ url = "/" }: IncomingMessage): URL | null {
  const base = "http://localhost";
  return URL.canParse(url, base) ? new URL(url, base) : null;
}

/** What every answer says: none of it is kept, guessed at, or given to another site. */
function headers(type: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return {
    "Content-Type": type,
    "Content-Security-Policy": type.startsWith("text/html") ? livePagePolicy() : "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    ...more,
  };
}

function send(response: ServerResponse, { method }: IncomingMessage, type: string, text: string): void {
  const length = { "Content-Length": Buffer.byteLength(text) };
  response.writeHead(200, headers(type, length)).end(method === "HEAD" ? undefined : text);
}

const plotlyFile = require.resolve("plotly.js-dist/plotly.js");

/** The report of the run that is shown: no request names a file. */
function sendReport(response: ServerResponse, request: IncomingMessage, { shown }: LiveContent): void {
  const report = shown?.report ?? null;
  if (report === null || !existsSync(report)) {
    response.writeHead(404, headers("text/plain; charset=utf-8")).end("this run has no report yet\n");
    return;
  }
  const policy = { "Content-Security-Policy": `${pagePolicy("report")}; frame-ancestors 'none'` };
  sendFile(response, request, report, { ...policy, "Content-Type": "text/html; charset=utf-8" });
}

function sendFile(
  response: ServerResponse,
  { method }: IncomingMessage,
  file: string,
  more: OutgoingHttpHeaders,
): void {
  response.writeHead(200, headers("text/javascript; charset=utf-8", more));
  if (method === "HEAD") response.end();
  else pipeline(createReadStream(file), response, () => {});
}

/** Server-sent events: what has changed, at once and then whenever it has. */
function tellNews(response: ServerResponse, look: () => LiveContent, pollMilliseconds: number): void {
  response.writeHead(200, headers("text/event-stream; charset=utf-8"));
  const told = new Map<string, string>();
  const isNew = (key: string, text: string) => {
    if (told.get(key) === text) return false;
    told.set(key, text);
    return true;
  };
  const tell = (event: string, data: unknown) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const tellAll = () => {
    if (response.writableNeedDrain) return; // a page that is asleep gets the news when it wakes
    const content = look();
    const title = liveTitle(content);
    const parts = Object.entries(liveParts(content)).filter(([name, markup]) => isNew(`part ${name}`, markup));
    if (isNew("title", title) || parts.length > 0) tell("parts", { title, parts: Object.fromEntries(parts) });
    const figures = trainingFigures(content.shown?.trainings ?? []);
    if (isNew("figures", JSON.stringify(figures))) tell("figures", figures);
  };
  tellAll();
  const timer = setInterval(() => {
    try {
      tellAll();
    } catch {
      response.destroy(); // the page asks again
    }
  }, pollMilliseconds);
  response.on("close", () => clearInterval(timer));
}
