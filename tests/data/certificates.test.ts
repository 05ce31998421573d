/** Downloads by TLS in processes of their own, as Node reads NODE_EXTRA_CA_CERTS when it starts. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, execute } from "../../src/runtime/set-up/tools";
import { root, temporaryFolder } from "../runtime/sandbox";
import { serving, withProxy, withSecureServer } from "./server";

const folder = temporaryFolder();
const file = Uint8Array.from({ length: 100_000 }, (_, at) => (at * at) % 251);
const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
const inOpenSsl = (date: Date) => `${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
const day = 86_400_000;

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority of our own, and certificates that it signs. */
function makeAuthority(): void {
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    "/CN=our authority",
    "-keyout",
    "ca-key.pem",
    "-out",
    "ca.pem",
  );
  mkdirSync(join(folder, "signed"));
  writeFileSync(join(folder, "index"), "");
  writeFileSync(
    join(folder, "ca.cnf"),
    `[ca]\ndefault_ca = ours\n[ours]\ndatabase = index\nnew_certs_dir = signed\ncertificate = ca.pem\nprivate_key = ca-key.pem
rand_serial = yes\ndefault_md = sha256\npolicy = any\ncopy_extensions = copy\nunique_subject = no\n[any]\ncommonName = supplied\n`,
  );
}

/** @param from when it becomes valid, in days from now @param to when it ends */
function signed(name: string, alternative: string, [from, to]: readonly [number, number] = [-1, 1]): Certificate {
  const [key, request, cert] = [`${name}-key.pem`, `${name}.csr`, `${name}.pem`];
  const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${alternative}`];
  openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", ...names, "-keyout", key, "-out", request);
  const validity = [
    "-startdate",
    inOpenSsl(new Date(Date.now() + from * day)),
    "-enddate",
    inOpenSsl(new Date(Date.now() + to * day)),
  ];
  openssl("ca", "-batch", "-notext", "-config", "ca.cnf", ...validity, "-in", request, "-out", cert);
  return read(key, cert);
}

function selfSigned(): Certificate {
  const names = ["-subj", "/CN=nobody", "-addext", "subjectAltName=IP:127.0.0.1"];
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", ...names, "-keyout", "own-key.pem", "-out", "own.pem");
  return read("own-key.pem", "own.pem");
}

const read = (key: string, cert: string): Certificate => ({
  key: readFileSync(join(folder, key), "utf8"),
  cert: readFileSync(join(folder, cert), "utf8"),
});

let downloads = 0;

/** Downloads the server's file by a process with these variables, and no others that name a proxy. */
async function downloaded(server: string, environment: NodeJS.ProcessEnv): Promise<Ended & { readonly path: string }> {
  downloads += 1;
  const path = join(folder, `download${downloads}`);
  const wanted = {
    url: `${server}/file.bin`,
    md5: createHash("md5").update(file).digest("hex"),
    path,
    remedies: ["by hand"],
  };
  const program = `require("./src/data/download").download(${JSON.stringify(wanted)}).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });`;
  const { NODE_EXTRA_CA_CERTS: _, NODE_TLS_REJECT_UNAUTHORIZED: __, SSL_CERT_FILE: ___, ...rest } = process.env;
  const env = { ...rest, ...environment };
  return {
    ...(await execute(process.execPath, ["-r", "./src/cli/register.cjs", "-e", program], { cwd: root, env })),
    path,
  };
}

const trusted = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };

test.before(makeAuthority);

test("a server whose authority NODE_EXTRA_CA_CERTS names is reached through HTTPS_PROXY by a tunnel, and past it by NO_PROXY", () =>
  withSecureServer(signed("right", "IP:127.0.0.1"), serving(file), (server) =>
    withProxy(true, async (proxy, asked) => {
      const { host } = new URL(server);
      for (const named of [{ HTTPS_PROXY: proxy }, { https_proxy: proxy.replace("http://", "") }]) {
        const { status, stderr, path } = await downloaded(server, { ...trusted, ...named });
        assert.is(status, 0, stderr);
        assert.equal(readFileSync(path), Buffer.from(file));
      }
      assert.equal(asked, [host, host]);
      for (const without of [host, "127.0.0.1", "*"]) {
        const { status, stderr } = await downloaded(server, { ...trusted, HTTPS_PROXY: proxy, NO_PROXY: without });
        assert.is(status, 0, stderr);
      }
      assert.is(asked.length, 2);
    }),
  ));

const faults: readonly [
  title: string,
  certificate: () => Certificate,
  code: RegExp,
  remedy: string,
  trusts?: boolean,
][] = [
  [
    "has expired",
    () => signed("expired", "IP:127.0.0.1", [-3, -1]),
    /expired/,
    "the certificate has expired: check this machine's clock",
  ],
  [
    "is not valid yet",
    () => signed("early", "IP:127.0.0.1", [1, 3]),
    /not yet valid/,
    "the certificate is not valid yet: check this machine's clock",
  ],
  [
    "is for another host",
    () => signed("other", "DNS:example.org"),
    /127\.0\.0\.1 is not in|altnames/,
    "the certificate is for another host",
  ],
  ["is signed by itself", selfSigned, /self-signed/, "NODE_EXTRA_CA_CERTS=/path/to/ca.pem"],
  [
    "is of an authority that is not known",
    () => signed("unknown", "IP:127.0.0.1"),
    /unable to verify/,
    "NODE_EXTRA_CA_CERTS=/path/to/ca.pem",
    false,
  ],
];

for (const [title, certificate, words, remedy, trusts = true] of faults) {
  test(`a certificate that ${title} has a remedy of its own, with and without a proxy`, () =>
    withSecureServer(certificate(), serving(file), (server) =>
      withProxy(true, async (proxy) => {
        for (const named of [{}, { HTTPS_PROXY: proxy }]) {
          const { status, stderr, path } = await downloaded(server, { ...(trusts ? trusted : {}), ...named });
          assert.is(status, 1);
          assert.match(stderr, words);
          assert.ok(stderr.split("  - ")[1]!.includes(remedy), stderr);
          assert.match(stderr, "by hand");
          assert.not.ok(existsSync(path));
        }
      }),
    ));
}

test("a proxy that is not there, that speaks another tongue, or whose address is none is named", () =>
  withSecureServer(signed("again", "IP:127.0.0.1"), serving(file), async (server) => {
    const { host } = new URL(server);
    const absent = await downloaded(server, { ...trusted, HTTPS_PROXY: "http://someone:secret@127.0.0.1:9" });
    assert.is(absent.status, 1);
    assert.match(
      absent.stderr,
      `the proxy 127.0.0.1:9 was asked, as HTTPS_PROXY says: check it, or NO_PROXY=${host} goes past it`,
    );
    assert.not.match(absent.stderr, "secret");
    const past = await downloaded("https://127.0.0.1:9", { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" });
    assert.not.match(past.stderr, "the proxy");
    for (const address of ["socks5://127.0.0.1:1080", "http://"]) {
      const { status, stderr } = await downloaded(server, { ...trusted, HTTPS_PROXY: address });
      assert.is(status, 1);
      assert.match(stderr, `HTTPS_PROXY names no proxy that speaks HTTP: ${address}`);
    }
    await withProxy(true, async (proxy) => {
      const wrong = await downloaded(server, { ...trusted, HTTPS_PROXY: proxy.replace("http:", "https:") });
      assert.is(wrong.status, 1);
      assert.match(wrong.stderr, "HTTPS_PROXY may need http:// in the place of https://");
    });
  }));

test.run();
