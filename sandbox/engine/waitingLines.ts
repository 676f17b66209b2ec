import type { OperationReport } from "./operations.ts";
import { shortType } from "./progressReader.ts";

const interval = 10_000;

/** Says every ten seconds what an operation is still waiting for, so that a slow resource does not look like a hang. */
export class WaitingLines {
  readonly #open = new Map<string, { readonly what: string; readonly since: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(say: (line: string) => void) {
    this.#timer = setInterval(() => {
      const now = Date.now();
      const slow = [...this.#open.values()].filter(({ since }) => now - since >= interval);
      if (slow.length > 0) {
        say(
          `  … ${slow.map(({ what, since }) => `${what} (${String(Math.round((now - since) / 1000))} s)`).join(", ")}`,
        );
      }
    }, interval);
  }

  hear(report: OperationReport): void {
    if (report.kind !== "resource" || report.type === "pulumi:pulumi:Stack") return;
    // A component is open as long as its children are: it is not what is waited for.
    if (report.type.startsWith("mesh-six:components:")) return;
    if (report.phase === "begin") {
      this.#open.set(report.urn, { what: `${shortType(report.type)} ${report.name}`, since: Date.now() });
    } else this.#open.delete(report.urn);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
