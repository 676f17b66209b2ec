import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { Addition } from "../../preflight/additions/document.ts";
import { takenBackOf, withTakenBack } from "./additions.ts";
import { adoptionOf, refusalRemarks, withAdoption } from "./adoption.ts";
import { sidesOfBoard } from "./board.ts";
import { migrationsOf, type Read } from "./migrations.ts";
import { type Change, type Digest, ranked, type Remark } from "./digest.ts";
import { printable, propertyChanges } from "./properties.ts";
import { rank, rankUpkeep } from "./risk.ts";
import { releaseChanges, releaseKind, type ReleaseReport } from "../release/plan/report.ts";
import { sidesOfPing } from "./webhook.ts";
import { parseUrn } from "../../lib/pulumi/urn.ts";
import { upkeepKind, type UpkeepReport } from "../../providers/partitions/report.ts";

/** The engine's words for what happens to a resource, worst last; those of one resource come to the worst. */
const operations: readonly (readonly [words: RegExp, operation: Change["operation"]])[] = [
  [/^(same|refresh|read|get)$/, "other"],
  [/^import$/, "import"],
  [/^create$/, "create"],
  [/^update$/, "update"],
  [/^(read-)?discard$/, "keep"],
  [/^delete$/, "delete"],
  [/replace/, "replace"],
];

/** Puts together what the engine's events tell of an update to come. */
export class DigestBuilder {
  readonly #steps = new Map<string, StepEventMetadata[]>();
  readonly #remarks: Remark[] = [];
  #counts: Record<string, number> = {};

  read(event: EngineEvent): void {
    const step = event.resourcePreEvent?.metadata;
    if (step && step.op !== "same" && step.op !== "refresh") {
      this.#steps.set(step.urn, [...(this.#steps.get(step.urn) ?? []), step]);
    }
    if (event.diagnosticEvent) this.#say(event.diagnosticEvent);
    if (event.policyEvent) {
      const { message, policyName, enforcementLevel, resourceUrn } = event.policyEvent;
      const severity = enforcementLevel === "mandatory" ? "error" : "warning";
      this.#remarks.push({
        severity,
        resource: nameOf(resourceUrn ?? ""),
        message: `policy ${policyName}: ${plain(message).trim()}`,
      });
    }
    if (event.summaryEvent) this.#counts = { ...event.summaryEvent.resourceChanges };
  }

  #say({ message, severity, urn = "", ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    // The engine sends its debug lines too, which hold secrets; what providers say besides comes in their reports.
    if (ephemeral || (severity !== "error" && severity !== "warning")) return;
    const text = plain(message).trim();
    if (/^using pulumi-\S+ from \$PATH/.test(text) || text === "") return;
    // The engine's last word adds nothing to the reasons it has given.
    if (/^(preview|update) failed$/.test(text) && this.#remarks.some(isError)) return;
    this.#remarks.push({ severity, resource: nameOf(urn), message: text });
  }

  /**
   * @param read - the reports of program and providers
   * @param additions - what others have added to the cluster's objects
   */
  finish(stack: string, succeeded: boolean, read: Read, additions: readonly Addition[] = []): Digest {
    const adoption = adoptionOf(read);
    const taken = takenBackOf(read);
    const { sql, notes: ledger, lost } = migrationsOf(read);
    const release = read<ReleaseReport>(releaseKind)[0]?.data;
    const [upkeep] = read<UpkeepReport>(upkeepKind).map(({ data }) => rankUpkeep(data));
    const changes = [...this.#steps.values()]
      .filter((steps) => steps.some(isOfTheWorld))
      .map((steps) => withTakenBack(withAdoption(changeOf(steps), steps, adoption), steps, taken))
      .map((change) => (upkeep && isEventLog(change) ? withUpkeep(change, upkeep) : change))
      .map((change) => (isMigrations(change) && ledger.length > 0 ? { ...change, notes: ledger } : change))
      .filter(({ operation }) => operation !== "other")
      .concat(lost, release === undefined ? [] : releaseChanges(release));
    return {
      stack,
      succeeded,
      counts: this.#counts,
      changes: ranked(changes),
      sql: ranked(sql),
      adoption,
      additions,
      ...(release === undefined ? {} : { release }),
      remarks: [
        ...this.#remarks,
        ...refusalRemarks(adoption, "adoption"),
        ...refusalRemarks(taken),
        ...(release?.missing ?? []).map(refused),
      ],
    };
  }
}

function isEventLog({ type, operation }: Change): boolean {
  return type === "pulumi-nodejs:dynamic/mesh-six:EventPartitions" && operation !== "delete";
}

function isMigrations({ type, operation }: Change): boolean {
  return type === "pulumi-nodejs:dynamic/mesh-six:Migrations" && operation === "update";
}

function withUpkeep(change: Change, { risk, notes }: Pick<Change, "risk" | "notes">): Change {
  const { properties } = change;
  // A refresh that found something to do leaves the months out, so that an update follows: nothing has changed them.
  const others = properties.filter(({ path, kind }) => path !== "months" || kind !== "add");
  return {
    ...change,
    risk: risk === "data" ? risk : change.risk,
    properties: others.length > 0 ? others : properties,
    notes: [...change.notes, ...notes],
  };
}

/** A remark that stops a release. */
function refused(message: string): Remark {
  return { severity: "error", resource: "release", message };
}

function isError({ severity }: Remark): boolean {
  return severity === "error";
}

/** A component only groups resources, and a provider only says how they are reached: neither is anything by itself. */
function isOfTheWorld({ type, old, new: after }: StepEventMetadata): boolean {
  return !type.startsWith("pulumi:providers:") && (after ?? old)?.custom !== false;
}

/** Resources whose differences are not in their inputs alone. */
const sidesByType: Readonly<Record<string, typeof sidesOfBoard | undefined>> = {
  "pulumi-nodejs:dynamic/mesh-six:ProjectBoard": sidesOfBoard,
  "pulumi-nodejs:dynamic/mesh-six:WebhookPing": sidesOfPing,
};

function changeOf(steps: readonly StepEventMetadata[]): Change {
  const level = ({ op }: StepEventMetadata) => operations.findIndex(([words]) => words.test(op));
  const step = steps.reduce((worst, each) => (level(each) > level(worst) ? each : worst));
  const operation = operations[level(step)]?.[1] ?? "other";
  const { urn, type } = step;
  const before = steps.find(({ old }) => old)?.old;
  const after = steps.find((each) => each.new)?.new;
  const described = steps.find(({ detailedDiff, diffs }) => detailedDiff ?? diffs) ?? step;
  const sides = sidesByType[type];
  const [there, declared] =
    sides !== undefined && before && after
      ? sides(before, after)
      : [before?.inputs ?? {}, after?.inputs ?? {}];
  const properties =
    operation === "update" || operation === "replace"
      ? propertyChanges(there, declared, described.detailedDiff, described.diffs ?? [])
      : [];
  const retained = before?.retainOnDelete === true;
  const change = { operation, type, name: nameOf(urn), urn, properties };
  const { risk, notes } = rank({ ...change, retained });
  const hidden = operation === "update" && properties.length === 0;
  const more = hidden
    ? ["in what is secret, or known only after the update"]
    : isConsequence({ operation, properties })
      ? ["follows from another change; known only after the update"]
      : [];
  return { ...change, risk, notes: [...notes, ...more] };
}

/** Whether it only passes on what another change makes: by itself it is as it is declared. */
export function isConsequence({ operation, properties }: Pick<Change, "operation" | "properties">): boolean {
  return operation === "update" && properties.length > 0 && properties.every(({ later }) => later === true);
}

/** "" for the stack itself. */
function nameOf(urn: string): string {
  const { types, name } = parseUrn(urn);
  return types === "pulumi:pulumi:Stack" ? "" : printable(name);
}

/** The engine marks colours as `<{%fg 1%}>`. */
function plain(message: string): string {
  return printable(message.replaceAll(/<\{%.*?%\}>/g, "").replace(/^info: \[runtime\] /, ""));
}
