import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Download, download } from "../../src/data/download";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { serving, withProxy, withSecureServer, withServer } from "./server";

const file = Uint8Array.from({ length: 300_000 }, (_, at) => (at * at) % 251);
const md5 = createHash("md5").update(file).digest("hex");
const remedies = ["fetch it by hand"];

/** Runs an action with a server, a wanted file of it, and the number of requests so far. */
function fetching(
  listener: RequestListener,
  action: (wanted: Download, requests: () => number) => Promise<void>,
): Promise<void> {
  return inFolder((folder) => {
    let requests = 0;
    const counting: RequestListener = (request, response) => {
      requests += 1;
      listener(request, response);
    };
    return withServer(counting, (url) =>
      action({ url: `${url}/file.bin`, md5, path: join(folder, "file.bin"), remedies }, () => requests),
    );
  });
}

test("a file is fetched once, with its bytes counted", () =>
  fetching(serving(file), async (wanted, requests) => {
    const counts: [number, number | undefined][] = [];
    await download({ ...wanted, onBytes: (done, total) => counts.push([done, total]) });
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
    assert.not(existsSync(`${wanted.path}.part`));
    assert.equal(counts.at(-1), [file.length, file.length]);
    assert.ok(counts.every(([done], at) => at === 0 || done > counts[at - 1]![0]));
    await download(wanted);
    assert.is(requests(), 1);
  }));

test("a transfer that breaks off is taken up where it ended", () =>
  fetching(serving(file, { cut: 100_000 }), async (wanted, requests) => {
    const counts: number[] = [];
    await download({ ...wanted, onBytes: (done) => counts.push(done) });
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
    assert.ok(requests() >= 3);
    assert.is(counts.at(-1), file.length);
  }));

test("a transfer that breaks off too often is an error, and the next run goes on from there", () =>
  fetching(serving(file, { cut: 40_000 }), async (wanted) => {
    await rejects(() => download(wanted), "could not download http", "bytes are kept", "fetch it by hand");
    assert.not(existsSync(wanted.path));
    assert.ok(existsSync(`${wanted.path}.part`));
    await download(wanted);
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
  }));

test("a server that cannot resume sends the file anew", () =>
  fetching(serving(file, { ranges: false }), async (wanted) => {
    writeFileSync(`${wanted.path}.part`, file.subarray(0, 1000));
    await download(wanted);
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
  }));

test("a server that resumes elsewhere than asked is asked for the whole file", () =>
  fetching(
    (request, response) => {
      if (request.headers.range === undefined) serving(file)(request, response);
      else response.writeHead(206, { "content-range": `bytes 0-9/${file.length}` }).end(file.subarray(0, 10));
    },
    async (wanted) => {
      writeFileSync(`${wanted.path}.part`, file.subarray(0, 1000));
      await download(wanted);
      assert.equal(readFileSync(wanted.path), Buffer.from(file));
    },
  ));

test("a whole but unchecked first piece is checked, not fetched", () =>
  fetching(serving(file), async (wanted) => {
    let fetched = 0;
    writeFileSync(`${wanted.path}.part`, file);
    await download({ ...wanted, onBytes: () => (fetched += 1) });
    assert.is(fetched, 0);
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
  }));

test("a first piece of another file is thrown away, be it shorter or longer", async () => {
  for (const length of [1000, file.length, file.length + 1000]) {
    await fetching(serving(file), async (wanted) => {
      writeFileSync(`${wanted.path}.part`, new Uint8Array(length).fill(9));
      await download(wanted);
      assert.equal(readFileSync(wanted.path), Buffer.from(file));
    });
  }
});

test("a finished file that was damaged since is fetched again", () =>
  fetching(serving(file), async (wanted) => {
    writeFileSync(wanted.path, file.subarray(1));
    await download(wanted);
    assert.equal(readFileSync(wanted.path), Buffer.from(file));
  }));

test("another file than the one wanted is an error that names both checksums, and nothing is kept", () =>
  fetching(
    (_, response) => response.end("<html>please sign in</html>"),
    async (wanted) => {
      const got = createHash("md5").update("<html>please sign in</html>").digest("hex");
      await rejects(
        () => download(wanted),
        `need a file of md5 ${md5}, got 27 bytes of md5 ${got}`,
        "fetch it by hand",
      );
      assert.not(existsSync(wanted.path));
      assert.not(existsSync(`${wanted.path}.part`));
    },
  ));

test("what a server declares as compressed is kept as it comes", () =>
  fetching(
    (request, response) => {
      response.setHeader("content-encoding", "gzip");
      serving(gzipSync("content"))(request, response);
    },
    async (wanted) => {
      const packed = gzipSync("content");
      await download({ ...wanted, md5: createHash("md5").update(packed).digest("hex") });
      assert.equal(readFileSync(wanted.path), packed);
    },
  ));

test("a server's refusal is an error that tells it", async () => {
  for (const [status, words] of [
    [404, "404 Not Found"],
    [503, "503 Service Unavailable"],
  ] as const) {
    await fetching(
      (_, response) => response.writeHead(status).end("<html>sorry</html>"),
      async (wanted) => {
        await rejects(() => download(wanted), `the server answered ${words}`, "fetch it by hand");
        assert.not(existsSync(`${wanted.path}.part`));
      },
    );
  }
});

test("redirections are followed, but not for ever", async () => {
  await fetching(
    (request, response) => {
      if (request.url === "/file.bin") response.writeHead(302, { location: "/elsewhere" }).end();
      else serving(file)(request, response);
    },
    async (wanted) => {
      await download(wanted);
      assert.equal(readFileSync(wanted.path), Buffer.from(file));
    },
  );
  await fetching(
    (_, response) => response.writeHead(301, { location: "/file.bin" }).end(),
    async (wanted) => {
      await rejects(() => download(wanted), "redirected more than 5 times", "fetch it by hand");
    },
  );
});

test("a server that is not there is an error that tells why", () =>
  inFolder(async (folder) => {
    const url = await withServer(serving(file), async (address) => `${address}/file.bin`); // gone by now
    const wanted = { url, md5, path: join(folder, "file.bin"), remedies };
    await rejects(() => download(wanted), "could not download", "ECONNREFUSED", "fetch it by hand");
  }));

test("a name that nobody knows is an error that tells it", () =>
  inFolder(async (folder) => {
    const wanted = { url: "http://no-such-host.invalid/file.bin", md5, path: join(folder, "file.bin"), remedies };
    await rejects(() => download(wanted), "could not download", "no-such-host.invalid", "fetch it by hand");
  }));

test("a server that falls silent is an error, before its first byte or after", async () => {
  for (const bytes of [undefined, 0, 1000]) {
    await fetching(
      (_, response) => {
        if (bytes === undefined) return;
        response.writeHead(200, { "content-length": file.length });
        response.flushHeaders();
        if (bytes > 0) response.write(file.subarray(0, bytes));
      },
      async (wanted) => {
        const error = await rejects(() => download({ ...wanted, stallMilliseconds: 60 }), "no byte came for 0.06 s");
        assert.is(error.message.includes("1000 bytes are kept"), bytes === 1000);
      },
    );
  }
});

/** Runs an action with these variables of the environment; there are none of a proxy besides. */
async function withEnvironment(
  variables: Readonly<Record<string, string>>,
  action: () => Promise<void>,
): Promise<void> {
  Object.assign(process.env, variables);
  try {
    await action();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

test("a proxy that the environment names is asked for a tunnel, unless NO_PROXY has the server", () =>
  fetching(serving(file), (wanted, requests) =>
    withProxy(true, async (url, asked) => {
      const server = new URL(wanted.url).host;
      for (const name of ["HTTP_PROXY", "http_proxy"]) {
        await withEnvironment({ [name]: url }, () => download(wanted));
        assert.equal(readFileSync(wanted.path), Buffer.from(file));
        writeFileSync(wanted.path, "another file");
      }
      assert.equal(asked, [server, server]);
      for (const not of ["127.0.0.1", `example.org,${server}`, "*"]) {
        await withEnvironment({ HTTP_PROXY: url, NO_PROXY: not }, () => download(wanted));
        writeFileSync(wanted.path, "another file");
      }
      assert.is(asked.length, 2);
      assert.is(requests(), 5);
    }),
  ));

test("a secure server is reached through the proxy of HTTPS_PROXY by a tunnel, which the proxy cannot look into", () =>
  inFolder((folder) => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"];
    if (spawnSync("openssl", [...request, "-keyout", key, "-out", cert]).status !== 0) {
      console.log("skipped: no openssl on this machine makes a certificate");
      return;
    }
    const certificate = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    return withSecureServer(certificate, serving(file), (server) =>
      withProxy(true, async (url, asked) => {
        const wanted = { url: `${server}/file.bin`, md5, path: join(folder, "file.bin"), remedies };
        // The certificate is nobody's but ours.
        await withEnvironment(
          { HTTPS_PROXY: url, HTTP_PROXY: "http://127.0.0.1:9", NODE_TLS_REJECT_UNAUTHORIZED: "0" },
          () => download(wanted),
        );
        assert.equal(readFileSync(wanted.path), Buffer.from(file));
        assert.equal(asked, [new URL(server).host]);
      }),
    );
  }));

test("a proxy that refuses is an error that tells why, and what it wants", () =>
  fetching(serving(file), async (wanted, requests) => {
    for (const [answer, ...words] of [
      ["502 Bad Gateway", "502", "check it, or NO_PROXY="],
      ["407 Proxy Authentication Required", "407", "HTTP_PROXY=http://NAME:PASSWORD@127.0.0.1:"],
    ] as const)
      await withProxy(answer, async (url) => {
        await withEnvironment({ HTTP_PROXY: url }, async () => {
          await rejects(() => download(wanted), "could not download", ...words, "fetch it by hand");
        });
      });
    assert.is(requests(), 0);
  }));

test.run();
