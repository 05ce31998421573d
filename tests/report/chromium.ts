/** Starting the system's Chromium: playwright-core brings none of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

import { chromiumArguments } from "../../src/report/paper/draw-figures";

export { findChromium } from "../../src/report";

/** A browser with a profile of its own, which is removed when it is closed. */
export async function openChromium(
  executablePath: string,
  options: {
    colorScheme?: "light" | "dark";
    viewport?: { width: number; height: number };
    javaScriptEnabled?: boolean;
  } = {},
): Promise<{ context: BrowserContext; close: () => Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), "report-test-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    acceptDownloads: true,
    args: [...chromiumArguments],
    ...options,
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/**
 * What axe finds serious or critical for people who cannot see a page, or use no mouse: the rule, and where.
 *
 * Source: axe-core, rules of WCAG 2.2 A and AA and its best practices.
 */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.slice(0, 5).map(({ html }) => id + ": " + html.slice(0, 160))))`);
}

/**
 * Waits until an expression holds in a page. It is given as text: the type checker knows Node here, not the browser's names.
 * Playwright's own waiting for a condition is stopped by the pages' security policy, hence the loop.
 *
 * @param attempts looks, 50 ms apart
 */
export async function until(page: Page, condition: string, attempts = 100): Promise<void> {
  for (let attempt = 0; !(await page.evaluate(condition)); attempt++) {
    if (attempt > attempts) throw new Error(`the page did not come to: ${condition}`);
    await page.waitForTimeout(50);
  }
}
