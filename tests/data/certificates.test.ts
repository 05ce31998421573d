import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import { download } from "../../src/data/download";
import { inFolder } from "./folders";
import { rejects } from "./rejection";

test("a certificate of an unknown authority is an error whose first remedy names it", () =>
  inFolder(async (folder) => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, "-keyout", key, "-out", cert],
      {
        stdio: "ignore",
      },
    );
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/file`;
    try {
      const wanted = { url, md5: "0".repeat(32), path: join(folder, "file"), remedies: [] };
      await rejects(() => download(wanted), `could not download ${url}`, "NODE_EXTRA_CA_CERTS");
    } finally {
      server.close();
    }
  }));

test.run();
