import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Debian's, Ubuntu's, Google's. */
const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Folder for tests' pictures, for people; not in git. */
export const artifacts = join(import.meta.dirname, "../../artifacts");

/** The reason why there is no browser on this machine, or undefined. */
export function missingBrowser(): string | undefined {
  return programs.some((path) => existsSync(path))
    ? undefined
    : `apt-get install chromium: no ${programs.join(", ")} here`;
}

/** A headless Chromium with an empty profile of its own, which asks nobody for anything but the page. */
export function startBrowser(): Promise<Browser> {
  mkdirSync(artifacts, { recursive: true });
  return chromium.launch({
    executablePath: programs.find((path) => existsSync(path)) ?? "chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
