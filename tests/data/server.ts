import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs an action with the address of a web server on this machine, which is gone afterwards. */
export async function withServer<T>(listener: RequestListener, action: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await action(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
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
