import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { parseUrn } from "../../lib/pulumi/urn.ts";

/** The result of one resource. */
export interface ResourceStep {
  readonly kind: "resource";
  readonly phase: "begin" | "end" | "failed";
  /** The engine's word: create, update, delete, replace, refresh, same, read… */
  readonly operation: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Names of the top-level properties that differ. */
  readonly changes: readonly string[];
  /** The object that the cluster may hold though its create failed. */
  readonly object?: ObjectName;
}

/** The name of an object of the cluster. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Something the engine, a plugin or the program says. */
export interface Diagnostic {
  readonly kind: "diagnostic";
  readonly severity: "error" | "warning" | "info";
  /** The resource, when it is about one. */
  readonly resource?: string;
  readonly message: string;
}

/** The engine's count of resources by operation, at the end. */
export interface Summary {
  readonly kind: "summary";
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export type ProgressMessage = ResourceStep | Diagnostic | Summary;

/** Reads the engine's events and hands on what a person wants to know, in small messages without values. */
export class ProgressReader {
  readonly #report: (message: ProgressMessage) => void;
  /** Whether the engine has said itself why the operation fails. */
  sawError = false;

  constructor(report: (message: ProgressMessage) => void) {
    this.#report = report;
  }

  read(event: EngineEvent): void {
    if (event.resourcePreEvent) this.#step("begin", event.resourcePreEvent.metadata);
    if (event.resOutputsEvent) this.#step("end", event.resOutputsEvent.metadata);
    if (event.resOpFailedEvent) this.#step("failed", event.resOpFailedEvent.metadata);
    if (event.diagnosticEvent) {
      const { message, severity, urn, ephemeral } = event.diagnosticEvent;
      const text = plain(message)
        .replace(/^info: \[runtime\] /, "")
        .trim();
      // The engine sends its debug lines too, although the type does not name that level.
      if (ephemeral || text === "" || (severity as string) === "debug") return;
      const level = severity === "error" || severity === "warning" ? severity : "info";
      // Dynamic providers always come from the npm package, which is on PATH: nothing to warn of.
      if (text.startsWith("using pulumi-resource-pulumi-nodejs from $PATH")) return;
      // The engine's last word after a failure adds nothing to the reasons it has given.
      if (this.sawError && text === "update failed") return;
      if (level === "error") this.sawError = true;
      const resource = urn === undefined || urn === "" ? {} : { resource: describe(urn) };
      this.#report({ kind: "diagnostic", severity: level, message: text, ...resource });
    }
    if (event.summaryEvent) {
      const { resourceChanges, durationSeconds } = event.summaryEvent;
      this.#report({ kind: "summary", changes: { ...resourceChanges }, seconds: durationSeconds });
    }
  }

  #step(phase: ResourceStep["phase"], metadata: StepMetadata): void {
    const { op, urn, type } = metadata;
    const changes = metadata.diffs ?? Object.keys(metadata.detailedDiff ?? {});
    const object = phase === "failed" && op === "create" ? objectOf(metadata) : undefined;
    const about = object === undefined ? {} : { object };
    this.#report({
      kind: "resource",
      phase,
      operation: op,
      type,
      name: parseUrn(urn).name,
      urn,
      changes,
      ...about,
    });
  }
}

/** The object that a resource of the Kubernetes plugin makes. */
function objectOf({ type, new: made }: StepMetadata): ObjectName | undefined {
  const { apiVersion, kind, metadata } = (made?.inputs ?? {}) as Partial<ObjectName>;
  if (!type.startsWith("kubernetes:") || apiVersion === undefined || kind === undefined) return undefined;
  if (metadata?.name === undefined) return undefined;
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

type StepMetadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function describe(urn: string): string {
  const { type, name } = parseUrn(urn);
  return type === "pulumi:pulumi:Stack" ? "" : `${shortType(type)} ${name}`;
}

/** `kubernetes:traefik.io/v1alpha1:IngressRoute` is an IngressRoute. */
export function shortType(type: string): string {
  return type.split(":").pop() ?? type;
}

/** The engine marks colours as `<{%fg 1%}>`. */
function plain(message: string): string {
  return message.replaceAll(/<\{%.*?%\}>/g, "");
}
