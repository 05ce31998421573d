/** A ustar archive of regular files, for tests. */
export function writeTar(files: readonly { name: string; content: Uint8Array; type?: string }[]): Uint8Array {
  const pieces = files.flatMap(({ name, content, type = "0" }) => [
    tarHeader(name, content.length, type),
    content,
    new Uint8Array((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...pieces, new Uint8Array(1024)]);
}

export function tarHeader(name: string, length: number, type: string): Uint8Array {
  const header = Buffer.alloc(512);
  const split = name.length > 100 ? name.lastIndexOf("/", 155) : -1;
  header.write(name.slice(split + 1), 0);
  if (split > 0) header.write(name.slice(0, split), 345);
  header.write("0000644\0", 100);
  header.write(`${length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(type, 156);
  if (type === "1" || type === "2") header.write("elsewhere", 157); // what a link leads to
  header.write("ustar\u000000", 257);
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
