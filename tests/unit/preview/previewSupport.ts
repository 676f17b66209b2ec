import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { DigestBuilder } from "../../../operations/preview/digestOfEvents.ts";
import type { Digest } from "../../../operations/preview/digest.ts";

/** A step of the engine, as far as a digest reads it. */
interface Step {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  readonly old?: Record<string, unknown>;
  readonly new?: Record<string, unknown>;
  readonly detailedDiff?: Record<string, { diffKind: string; inputDiff: boolean }>;
  readonly retainOnDelete?: boolean;
}

export function step({ op, type, name, retainOnDelete = false, detailedDiff, ...states }: Step): EngineEvent {
  const urn = `urn:pulumi:prod::mesh-six::${type}::${name}`;
  const state = (inputs: Record<string, unknown> | undefined) =>
    inputs && { urn, type, inputs, outputs: {}, retainOnDelete };
  const metadata = { op, urn, type, old: state(states.old), new: state(states.new), detailedDiff };
  return { sequence: 0, timestamp: 0, resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

/** A message that the engine prints, or that a resource gives. */
export function said(message: string, severity = "info", urn?: string): EngineEvent {
  return {
    sequence: 0,
    timestamp: 0,
    diagnosticEvent: { message, severity, color: "never", urn },
  } as EngineEvent;
}

/** The digest of a preview with these events. */
export function digest(...events: EngineEvent[]): Digest {
  return digestWith({}, ...events);
}

/** The same where providers have reported this, by kind. */
export function digestWith(reports: Readonly<Record<string, unknown>>, ...events: EngineEvent[]): Digest {
  const builder = new DigestBuilder();
  for (const event of events) builder.read(event);
  return builder.finish("prod", true, <Data>(kind: string) =>
    kind in reports ? [{ subject: "db", data: reports[kind] as Data }] : [],
  );
}
