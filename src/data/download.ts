import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { DataError, fileLength, reasonOf, systemCode } from "./files";

export interface Download {
  readonly url: string;
  /** MD5 of the whole file, 32 hexadecimal digits. */
  readonly md5: string;
  /** Where the file goes once it is whole and checked; until then its bytes are in `path`.part. */
  readonly path: string;
  /** How to come by the file without this download, one line each. */
  readonly remedies: readonly string[];
  /** Called with the bytes there so far, and all bytes where the server tells. */
  readonly onBytes?: (done: number, total: number | undefined) => void;
  /** Milliseconds without a byte after which the transfer counts as broken off; one minute by default. */
  readonly stallMilliseconds?: number;
}

const attemptsAtMost = 5;
const redirectsAtMost = 5;

/**
 * Fetches a file unless it is there already, and checks it; `path` never holds anything but the right file.
 *
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY are respected, in upper or lower case. A transfer that breaks off is taken up where it
 * ended, several times as long as bytes keep coming, and again in the next run. Where the joined pieces have the wrong
 * checksum, the file is fetched once more from its beginning.
 *
 * @throws DataError when the server cannot be reached, refuses, breaks off, or sends another file
 */
export async function download(wanted: Download): Promise<void> {
  const { url, md5, path, remedies } = wanted;
  if ((await fileLength(path)) !== undefined) {
    if ((await md5Of(path)) === md5) return;
    await rm(path);
  }
  const part = `${path}.part`;
  for (let attempt = 1; ; attempt++) {
    const before = (await fileLength(part)) ?? 0;
    let resumed: boolean;
    try {
      resumed = await fetchRest(wanted, part, before);
    } catch (error) {
      if (error instanceof DataError) throw error;
      const after = (await fileLength(part)) ?? 0;
      if (after > before && attempt < attemptsAtMost) continue;
      const kept = after > 0 ? `; its first ${after} bytes are kept, the next run goes on from there` : "";
      const own = connectionRemedy(url, systemCode(error) ?? "", reasonOf(error));
      throw new DataError(`could not download ${url}: ${reasonOf(error)}${kept}`, [...own, ...remedies], {
        cause: error,
      });
    }
    const got = await md5Of(part);
    if (got === md5) break;
    const length = await fileLength(part);
    await rm(part);
    if (resumed) continue; // the first piece may be of another file
    throw new DataError(`${url}: need a file of md5 ${md5}, got ${length} bytes of md5 ${got}`, [
      "try again later: a proxy or a sign-in page may have answered in the server's place",
      ...remedies,
    ]);
  }
  await rename(part, path);
}

/** What to do where the line could not be made safe, or a proxy is in the way. @param code as Node names it */
function connectionRemedy(url: string, code: string, reason: string): string[] {
  const proxy = proxyOf(new URL(url).protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy !== undefined && /\b407\b/.test(reason)) {
    return [
      `the proxy wants a name and a password that it knows: ${proxy.variable}=http://NAME:PASSWORD@${proxy.host} (signs such as @ and : in them as %40 and %3A)`,
    ];
  }
  if (code === "CERT_HAS_EXPIRED") {
    return [
      "the certificate has expired: check this machine's clock; if it is right, the server's keeper has to renew it",
    ];
  }
  if (code === "CERT_NOT_YET_VALID") return ["the certificate is not valid yet: check this machine's clock"];
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return [
      "the certificate is for another host: a sign-in page or a proxy answers in the server's place; sign in, or try another network",
    ];
  }
  if (/SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/.test(code)) {
    return [
      "its authority is not known here: NODE_EXTRA_CA_CERTS=/path/to/ca.pem names that of a proxy that signs anew",
    ];
  }
  if (/^(ERR_SSL_|EPROTO)/.test(code)) {
    return ["what answered speaks no TLS: HTTPS_PROXY may need http:// in the place of https://, or another port"];
  }
  const { host, hostname } = new URL(url);
  const past = (process.env.no_proxy ?? process.env.NO_PROXY ?? "")
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\*?\./, ""));
  const isPassed = past.some(
    (name) => name === "*" || name === host || (`.${hostname}`.endsWith(`.${name}`) && name !== ""),
  );
  if (proxy === undefined || isPassed) return [];
  return [`the proxy ${proxy.host} was asked, as ${proxy.variable} says: check it, or NO_PROXY=${host} goes past it`];
}

/** A proxy that the environment names, its address with a scheme where that was left out; credentials are not shown. */
interface Proxy {
  readonly variable: string;
  readonly url: string;
  readonly host: string;
}

/** @throws DataError where the variable names no proxy that is spoken to by HTTP */
function proxyOf(name: "HTTP_PROXY" | "HTTPS_PROXY"): Proxy | undefined {
  const variable = [name.toLowerCase(), name].find((candidate) => process.env[candidate]);
  if (variable === undefined) return undefined;
  const named = process.env[variable]!.trim();
  const address = named.includes("://") ? named : `http://${named}`;
  const { protocol, host } = URL.canParse(address) ? new URL(address) : { protocol: "", host: "" };
  if (/^https?:$/.test(protocol)) return { variable, url: address, host };
  throw new DataError(`${variable} names no proxy that speaks HTTP: ${named.replace(/\/\/.*@/, "//")}`, [
    `need an address such as ${variable}=http://proxy.example.org:3128`,
  ]);
}

/**
 * Appends to `part` what it lacks, or writes it anew where the server sends the whole file.
 *
 * @param offset bytes that `part` has
 * @returns whether the bytes that were there before are still part of it
 */
async function fetchRest(wanted: Download, part: string, offset: number): Promise<boolean> {
  const { EnvHttpProxyAgent } = await import("undici"); // not loaded where nothing is downloaded
  const { stallMilliseconds = 60_000 } = wanted;
  const [http, https] = [proxyOf("HTTP_PROXY"), proxyOf("HTTPS_PROXY")];
  const dispatcher = new EnvHttpProxyAgent({
    ...(http === undefined ? {} : { httpProxy: http.url }),
    ...(https === undefined ? {} : { httpsProxy: https.url }),
    connect: { timeout: stallMilliseconds },
    headersTimeout: stallMilliseconds,
    bodyTimeout: stallMilliseconds,
  });
  try {
    return await fetchRestBy(dispatcher, wanted, part, offset);
  } catch (error) {
    if (!/^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(systemCode(error) ?? "")) throw error;
    throw new Error(`no byte came for ${stallMilliseconds / 1000} s`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}

async function fetchRestBy(dispatcher: Dispatcher, wanted: Download, part: string, offset: number): Promise<boolean> {
  const { statusCode: status, statusText, headers, body } = await answer(dispatcher, wanted, offset);
  if (status === 416 && offset > 0) return true; // nothing follows the bytes we have: the checksum tells whether they are the file
  const resumed = status === 206 && offset > 0;
  if (resumed && !String(headers["content-range"]).startsWith(`bytes ${offset}-`)) {
    return fetchRestBy(dispatcher, wanted, part, 0);
  }
  if (status !== 200 && !resumed) {
    throw new DataError(
      `could not download ${wanted.url}: the server answered ${status} ${statusText}`,
      wanted.remedies,
    );
  }
  const length = headers["content-length"];
  let done = resumed ? offset : 0;
  const total = length === undefined ? undefined : done + Number(length);
  const file = openSync(part, resumed ? "a" : "w");
  try {
    await eachPiece(body, (piece) => {
      writeFileSync(file, piece);
      done += piece.length;
      wanted.onBytes?.(done, total);
    });
  } finally {
    closeSync(file);
  }
  return resumed;
}

/**
 * Hands on a body piece by piece, each as soon as it has come. Reading the stream in a loop of awaits would lose, when the
 * line breaks, what has arrived but was not yet asked for.
 */
function eachPiece(body: Readable, use: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on("data", (piece: Buffer) => {
      try {
        use(piece);
      } catch (error) {
        reject(error);
        body.destroy();
      }
    });
    body.on("end", resolve);
    body.on("error", reject);
    body.on("close", () => reject(new Error("the connection was closed"))); // after "end" this changes nothing
  });
}

/**
 * The server's answer, redirections followed.
 *
 * Not by `fetch`: that unpacks what a server declares as compressed, and some declare a .tar.gz so.
 */
async function answer(
  dispatcher: Dispatcher,
  { url, remedies }: Download,
  offset: number,
): Promise<Dispatcher.ResponseData> {
  const { request } = await import("undici");
  const headers = { "accept-encoding": "identity", ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
  let address = new URL(url);
  for (let redirects = 0; redirects <= redirectsAtMost; redirects++) {
    const response = await request(address, { dispatcher, headers });
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode) || location === undefined) return response;
    await response.body.dump();
    address = new URL(String(location), address);
  }
  throw new DataError(`could not download ${url}: the server redirected more than ${redirectsAtMost} times`, remedies);
}

/** The MD5 of a file, 32 hexadecimal digits. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}
