/** Starting the system's Chromium: playwright-core brings none of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

import { chromiumArguments } from "../../src/report/paper/draw-figures";

export { findChromium } from "../../src/report";

/** A browser with a profile of its own, which is removed when it is closed. */
export async function openChromium(
  executablePath: string,
  options: { colorScheme?: "light" | "dark"; viewport?: { width: number; height: number } } = {},
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
