import type { OperationReport } from "../engine/operations.ts";
import type { Diagnostic, ResourceStep } from "../engine/progressReader.ts";

/** The outcome of an operation, for `--json`. */
export function summarize(reports: readonly OperationReport[]): {
  changes: Readonly<Record<string, number>>;
  steps: Omit<ResourceStep, "kind" | "phase">[];
  diagnostics: Omit<Diagnostic, "kind">[];
  failure?: string;
} {
  const steps = reports.filter((report) => report.kind === "resource");
  const ended = steps.filter(({ phase }) => phase === "end");
  // A preview tells its steps at their begin only.
  const told = ended.length > 0 ? ended : steps;
  const failure = reports.find((report) => report.kind === "failed")?.message;
  return {
    changes: reports.findLast((report) => report.kind === "summary")?.changes ?? {},
    steps: told.map(({ operation, type, name, urn, changes }) => ({ operation, type, name, urn, changes })),
    diagnostics: reports
      .filter((report) => report.kind === "diagnostic")
      .map(({ severity, resource, message }) => ({
        severity,
        message,
        ...(resource === undefined ? {} : { resource }),
      })),
    ...(failure === undefined ? {} : { failure }),
  };
}
