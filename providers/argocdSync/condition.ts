import { isDeepStrictEqual } from "node:util";
import type { Application } from "../../lib/argocd/application.ts";

/** The status speaks of today's source: a change of patches alone leaves the revision as it was. */
export function isCompared({ spec, status }: Application): boolean {
  return isDeepStrictEqual(significant(status?.sync?.comparedTo?.source), significant(spec.source));
}

export function isSettled(application: Application): boolean {
  const { status, operation } = application;
  const syncing = operation !== undefined || status?.operationState?.phase === "Running";
  return (
    isCompared(application) &&
    !syncing &&
    status?.sync?.status === "Synced" &&
    status.health?.status === "Healthy"
  );
}

/** Why ArgoCD cannot compare the source, or sync it, in its own words. */
export function troublesOf({ status }: Application): string[] {
  const errors = (status?.conditions ?? []).filter(({ type }) => type.endsWith("Error"));
  return errors.map(({ message }) => message);
}

/** One line on what is still amiss. */
export function condition(application: Application): string {
  const { status } = application;
  if (status?.sync === undefined) return "no status: is ArgoCD's application controller running?";
  const troubles = troublesOf(application);
  if (!isCompared(application))
    return ["a status from before the change of its source", ...troubles].join(", ");
  const unready = (status.resources ?? []).flatMap(({ kind, namespace, name, status: sync, health }) => {
    const faults = [
      sync === "Synced" ? undefined : sync,
      health?.status === "Healthy" ? undefined : health?.status,
      health?.message,
    ];
    const said = faults.filter((fault) => fault !== undefined && fault !== "");
    return said.length === 0
      ? []
      : [`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name} (${said.join(", ")})`];
  });
  const { phase, message } = status.operationState ?? {};
  const failed = phase === "Failed" || phase === "Error" ? [`last sync ${phase}: ${message ?? ""}`] : [];
  const summary = `${status.sync.status ?? "Unknown"} and ${status.health?.status ?? "Unknown"}`;
  return [summary, ...troubles, ...failed, ...unready].join(", ").replaceAll("\n", " ");
}

/** Without empty fields, which ArgoCD leaves out of its status. */
function significant(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(significant);
  const kept = Object.entries(value)
    .map(([key, field]): [string, unknown] => [key, significant(field)])
    .filter(
      ([, field]) =>
        field !== "" &&
        field !== undefined &&
        !(typeof field === "object" && field !== null && Object.keys(field).length === 0),
    );
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}
