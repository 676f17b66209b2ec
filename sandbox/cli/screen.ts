import { styleText } from "node:util";
import { type Diagnostic, type ResourceStep, shortType, type Summary } from "../engine/progressReader.ts";
import type { OperationReport } from "../engine/operations.ts";

type Style = Parameters<typeof styleText>[0];

/** The engine's words for what it does, as they are shown. */
const words: Readonly<
  Record<string, { readonly sign: string; readonly word: string; readonly style: Style }>
> = {
  create: { sign: "+", word: "created", style: "green" },
  update: { sign: "~", word: "updated", style: "yellow" },
  delete: { sign: "-", word: "deleted", style: "red" },
  replace: { sign: "±", word: "replaced", style: "magenta" },
  "create-replacement": { sign: "±", word: "created again", style: "magenta" },
  "delete-replaced": { sign: "-", word: "deleted the former", style: "red" },
  discard: { sign: "-", word: "gone", style: "red" },
  "discard-replaced": { sign: "-", word: "gone", style: "red" },
  import: { sign: "=", word: "imported", style: "green" },
  read: { sign: ">", word: "read", style: "cyan" },
  refresh: { sign: "~", word: "refreshed", style: "cyan" },
  same: { sign: " ", word: "unchanged", style: "dim" },
};

const planned: Readonly<Record<string, string>> = {
  create: "would be created",
  update: "would be updated",
  delete: "would be deleted",
  replace: "would be replaced",
};

/** The output of a command: results go to stdout, and with `--json` everything else to stderr. */
export class Screen {
  /** Whether the result is to be one JSON document on stdout. */
  readonly json: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #verbose: boolean;
  #documented = false;

  constructor(options: { readonly json: boolean; readonly verbose: boolean }) {
    this.json = options.json;
    this.#stream = options.json ? process.stderr : process.stdout;
    this.#verbose = options.verbose;
  }

  /** Prints the document of `--json`; the first one counts. */
  document(content: unknown): void {
    if (!this.json || this.#documented) return;
    this.#documented = true;
    process.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
  }

  /** Says that another process prints the document. */
  leaveDocument(): void {
    this.#documented = true;
  }

  line(text = ""): void {
    this.#stream.write(`${text}\n`);
  }

  /** A step on the way, in a quiet colour. */
  step = (text: string): void => {
    this.line(this.style("dim", text));
  };

  heading(text: string): void {
    this.line(this.style("bold", text));
  }

  error(text: string): void {
    process.stderr.write(`${styleText("red", "✗", { stream: process.stderr })} ${text}\n`);
  }

  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  /** One line for what an operation reports, as far as a person wants to read it. */
  report(report: OperationReport, isPreview: boolean): void {
    switch (report.kind) {
      case "resource":
        this.#resource(report, isPreview);
        break;
      case "diagnostic":
        this.#diagnostic(report);
        break;
      case "failed":
        if (report.interrupted !== true) this.error(report.message);
        break;
      case "summary":
        break;
    }
  }

  #resource(step: ResourceStep, isPreview: boolean): void {
    // A preview tells its steps before, anything else after they are done.
    if (step.phase !== (isPreview ? "begin" : "end") || step.type === "pulumi:pulumi:Stack") return;
    if (step.operation === "same" && !this.#verbose) return;
    if (step.operation === "refresh" && !this.#verbose) return;
    if (/^(mesh-six:components|pulumi:providers):/.test(step.type) && !this.#verbose) return;
    const { sign, word, style } = words[step.operation] ?? {
      sign: "?",
      word: step.operation,
      style: "reset" as const,
    };
    const said = isPreview ? (planned[step.operation] ?? word) : word;
    const changes = step.changes.length > 0 ? this.style("dim", ` (${step.changes.join(", ")})`) : "";
    this.line(
      `  ${this.style(style, `${sign} ${said.padEnd(isPreview ? 16 : 9)}`)} ${shortType(step.type)} ${step.name}${changes}`,
    );
  }

  #diagnostic({ severity, resource, message }: Diagnostic): void {
    if (severity === "info" && !this.#verbose) {
      // The program's own lines (no resource) are meant for the person; a plugin's chatter is not.
      if (resource !== undefined && resource !== "") return;
      // A dynamic provider prints the trace of an error besides reporting it.
      if (/^(at |error: |Error: )/.test(message)) return;
    }
    const about = resource === undefined || resource === "" ? "" : `${resource}: `;
    if (severity === "error") this.error(`${about}${message}`);
    else
      this.line(
        `  ${this.style(severity === "warning" ? "yellow" : "dim", severity === "warning" ? "!" : "·")} ${about}${message}`,
      );
  }
}

/** `19 created, 2 updated, 5 unchanged`, or `no changes`. */
export function describeChanges(summary: Summary): string {
  const changed = Object.entries(summary.changes).filter(
    ([operation, count]) => operation !== "same" && count > 0,
  );
  const same = summary.changes["same"] ?? 0;
  if (changed.length === 0) return `no changes (${String(same)} resources)`;
  const parts = changed.map(
    ([operation, count]) => `${String(count)} ${words[operation]?.word ?? operation}`,
  );
  return [...parts, ...(same > 0 ? [`${String(same)} unchanged`] : [])].join(", ");
}
