import type { UpkeepReport } from "../../providers/partitions/report.ts";
import type { Change } from "./digest.ts";
import { printable } from "./properties.ts";

/** Resources that hold what people, agents or the generator of passwords have made, and nothing else has. */
const holders: readonly (readonly [type: RegExp, what: string])[] = [
  [/^postgresql:index\/database:Database$/, "the database and all its rows"],
  [/^postgresql:index\/role:Role$/, "the role that owns the database"],
  [/^github:index\/repository:Repository$/, "the repository with its issues and history"],
  [/^pulumi-nodejs:dynamic\/mesh-six:ProjectBoard$/, "the board and its cards"],
  [/^pulumi-nodejs:dynamic\/mesh-six:EventPartitions$/, "partitions of the event log"],
  [/^pulumi-nodejs:dynamic\/mesh-six:RegistryRows$/, "the rows in repo_registry"],
  [/^random:index\//, "the generated value, which others know"],
  [/^kubernetes:core\/v1:(Namespace|PersistentVolume|PersistentVolumeClaim)$/, "what it holds"],
  [/^kubernetes:core\/v1:Secret$/, "what it holds"],
  [/^kubernetes:apps\/v1:StatefulSet$/, "its Pods, and with them their volumes' use"],
];

/** A change before it is ranked. */
export type Unranked = Omit<Change, "risk" | "notes"> & { readonly retained: boolean };

/** The change's rank, and why. */
export function rank(change: Unranked): Pick<Change, "risk" | "notes"> {
  const { operation, type, retained } = change;
  if (operation === "keep" || (operation === "delete" && retained)) {
    return { risk: "other", notes: ["stays where it is; the stack only forgets it"] };
  }
  if (operation !== "delete" && operation !== "replace") return { risk: "other", notes: [] };
  const held = holders.find(([pattern]) => pattern.test(type))?.[1];
  const verb = operation === "delete" ? "deletes" : "makes again";
  if (held === undefined) return { risk: "replacement", notes: [] };
  if (operation === "replace" && retained) {
    return {
      risk: "replacement",
      notes: ["the old one stays where it is; a new, empty one takes its place"],
    };
  }
  return { risk: "data", notes: [`${verb} ${held}`] };
}

/**
 * The rank and notes of the event log's upkeep: the partitions that a list of bounds does not show, and the
 * obstacles.
 */
export function rankUpkeep({ steps, notices }: UpkeepReport): Pick<Change, "risk" | "notes"> {
  const of = (action: UpkeepReport["steps"][number]["action"]) =>
    steps.filter((step) => step.action === action);
  const shown = ({ partition, note }: UpkeepReport["steps"][number]) =>
    printable(note === "" ? partition : `${partition} (${note})`);
  const dropped = new Set(of("drop").map(({ partition }) => partition));
  const detached = of("detach").filter(({ partition }) => !dropped.has(partition));
  const notes = [
    ...(dropped.size > 0
      ? [`drops partitions with their events: ${[...dropped].map(printable).join(", ")}`]
      : []),
    ...(detached.length > 0
      ? [`takes partitions out of the log, which stay as tables: ${detached.map(shown).join(", ")}`]
      : []),
    ...of("refuse").map((step) => `cannot go on at ${shown(step)}`),
    ...notices.map(printable),
  ];
  return { risk: dropped.size > 0 ? "data" : "other", notes };
}
