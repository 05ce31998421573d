import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";

/** Servers of tests are reached directly, whatever proxy this machine has. */
for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
  delete process.env[name];
  delete process.env[name.toLowerCase()];
}

/** Runs an action with the address of a web server on this machine, which is gone afterwards. */
export async function withServer<T>(listener: RequestListener, action: (url: string) => Promise<T>): Promise<T> {
  return listening(createServer(listener), (port) => action(`http://127.0.0.1:${port}`));
}

/** The same by TLS. @param certificate and its key, in PEM */
export async function withSecureServer<T>(
  certificate: { readonly key: string; readonly cert: string },
  listener: RequestListener,
  action: (url: string) => Promise<T>,
): Promise<T> {
  return listening(createSecureServer(certificate, listener), (port) => action(`https://127.0.0.1:${port}`));
}

/** Runs an action with a proxy that tunnels by CONNECT, or answers with another status; it is told whereto each tunnel was asked for. */
export async function withProxy<T>(
  tunnels: true | "502 Bad Gateway" | "407 Proxy Authentication Required",
  action: (url: string, asked: readonly string[]) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on("connect", ({ url }, client, head) => {
    asked.push(url!);
    if (tunnels !== true) {
      client.end(`HTTP/1.1 ${tunnels}\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const server = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      server.write(head);
      client.pipe(server).pipe(client);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const)
      one.on("error", () => other.destroy());
  });
  return listening(proxy, (port) => action(`http://127.0.0.1:${port}`, asked));
}

async function listening<T>(server: Server, action: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await action((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Serves a file as web servers do: whole, or from the byte asked for; `cut` bytes at most, then the line breaks. */
export function serving(file: Uint8Array, { cut = Number.POSITIVE_INFINITY, ranges = true } = {}): RequestListener {
  return (request, response) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const start = ranges && from !== undefined ? Number(from) : 0;
    if (start >= file.length) {
      response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
      return;
    }
    const rest = file.subarray(start);
    const range = start > 0 ? { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { "content-length": rest.length, ...range });
    if (rest.length <= cut) response.end(rest);
    else response.write(rest.subarray(0, cut), () => response.destroy());
  };
}
