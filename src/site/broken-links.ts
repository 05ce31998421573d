import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * The links of a site that lead nowhere within it: to a file that is missing, or to an anchor that its page has not.
 * Addresses of other sites are not followed.
 *
 * @param folder of the site; every *.html file under it is read
 * @returns "page.html: other.html#anchor", in the order of the pages; empty where every link leads somewhere
 */
export function brokenLinks(folder: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort();
  const texts = new Map(pages.map((page) => [page, readFileSync(path.join(folder, page), "utf8")]));
  const anchors = new Map([...texts].map(([page, text]) => [page, anchorsOf(text)]));

  const leadsSomewhere = (page: string, link: string): boolean => {
    const [address = "", anchor = ""] = link.split("#");
    const target = address === "" ? page : path.normalize(path.join(path.dirname(page), decoded(address)));
    const file = path.join(folder, target);
    if (target.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) return false;
    return anchor === "" || (anchors.get(target)?.has(decoded(anchor)) ?? true); // only pages are known to have anchors
  };
  return [...texts].flatMap(([page, text]) =>
    linksOf(text)
      .filter((link) => !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  );
}

/** What a page links to or loads, each once, without addresses that begin with a scheme ("https:") or a host ("//"). */
function linksOf(page: string): string[] {
  const links = [...page.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link]) => link!.replaceAll("&amp;", "&"));
  return [...new Set(links)].filter((link) => link !== "#" && !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link));
}

function anchorsOf(page: string): Set<string> {
  return new Set([...page.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, id]) => id!.replaceAll("&amp;", "&")));
}

/** A link's part as the file system or an anchor has it; one that is no valid encoding stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
