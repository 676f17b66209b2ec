import { withoutPasswords } from "../../../lib/text/withoutPasswords.ts";
import type { Difference } from "./compare.ts";
import type { AdoptionRisk, FieldChange } from "../document.ts";

type Keep = (name: string) => string;

/** A kind of field whose loss matters, and how. */
interface Rule {
  readonly kind: RegExp;
  /** Matches the path. */
  readonly path: RegExp;
  readonly when: readonly FieldChange["kind"][];
  readonly risk: AdoptionRisk;
  /** Guards access: never dropped unless a setting says so. Says how to keep it, for the object of that name. */
  readonly keep?: Keep;
}

const gone = ["lost"] as const;
const different = ["lost", "changed"] as const;

/** First that matches counts. */
const rules: readonly Rule[] = [
  {
    ...{ kind: /^IngressRoute$/, path: /(^|\.)middlewares\b/, when: different, risk: "access" },
    keep: (name) => `set mesh-six:ingressRoutes.${name}.middlewares`,
  },
  {
    ...{ kind: /^IngressRoute$/, path: /^spec\.tls\b/, when: different, risk: "access" },
    keep: (name) => `set mesh-six:ingressRoutes.${name}.tls`,
  },
  {
    ...{ kind: /^IngressRoute$/, path: /^spec\.entryPoints\b/, when: different, risk: "access" },
    keep: (name) => `set mesh-six:ingressRoutes.${name}.entryPoints`,
  },
  {
    ...{ kind: /^IngressRoute$/, path: /(^|\.)priority$/, when: different, risk: "access" },
    keep: (name) => `set mesh-six:ingressRoutes.${name}.priority`,
  },
  {
    // A rule that lets in some addresses or requests alone; the program's own name host and path.
    kind: /^IngressRoute$/,
    path: /^spec\.routes\[.*(!|(ClientIP|Headers?(Regexp)?|Query(Regexp)?|Method)\().*\]\.match$/i,
    ...{ when: gone, risk: "access" },
    keep: (name) => `make a middleware of it and set mesh-six:ingressRoutes.${name}.middlewares`,
  },
  { kind: /^IngressRoute$/, path: /^spec\.routes\b/, when: different, risk: "access" },
  {
    ...{ kind: /^Component$/, path: /^scopes\b/, when: gone, risk: "access" },
    keep: () => "set mesh-six:daprActorScopes, or for another Component add it to mesh-six:adoptKeep",
  },
  {
    ...{ kind: /^Component$/, path: /^spec\.metadata\[enableTLS\]/i, when: gone, risk: "access" },
    keep: (name) => `set mesh-six:daprMetadata.${name}.enableTLS`,
  },
  { kind: /^Component$/, path: /^(spec\.metadata|auth)\b/, when: different, risk: "data" },
  { kind: /^Secret$/, path: /^(data|stringData|type)\b/, when: different, risk: "data" },
  { kind: /^ConfigMap$/, path: /^(data|binaryData)\b/, when: different, risk: "data" },
  { kind: /^ExternalSecret$/, path: /^spec\b/, when: different, risk: "data" },
  { kind: /^(Deployment|CronJob)$/, path: /\.(volumes|volumeMounts)\b/, when: different, risk: "data" },
  {
    ...{ kind: /^Service$/, path: /^spec\.loadBalancerSourceRanges\b/, when: different, risk: "access" },
    keep: () => "add it to mesh-six:adoptKeep",
  },
  {
    ...{ kind: /^Service$/, path: /^spec\.(type|ports|selector|externalIPs|loadBalancer)/ },
    ...{ when: different, risk: "access" },
  },
  {
    ...{ kind: /^(Deployment|CronJob)$/, path: /(securityContext|host(Network|PID|IPC))\b/ },
    ...{ when: different, risk: "access" },
  },
  { kind: /^Application$/, path: /^spec\b/, when: gone, risk: "access" },
];

/** The risk of a change, and the way to keep its field where it guards access. */
export function rank(
  kind: string,
  change: Pick<FieldChange, "path" | "kind">,
): { readonly risk: AdoptionRisk; readonly keep?: Keep } {
  const rule = rules.find(
    (each) => each.kind.test(kind) && each.path.test(change.path) && each.when.includes(change.kind),
  );
  return { risk: rule?.risk ?? "other", ...(rule?.keep === undefined ? {} : { keep: rule.keep }) };
}

/** The kind of change that a difference is. */
export function kindOf({ from, to }: Difference): FieldChange["kind"] {
  if (isAbsent(to)) return "lost";
  return isAbsent(from) ? "set" : "changed";
}

/** Longest value that is shown. */
const longest = 120;

/** Names of fields and variables that may hold a secret; their values are never shown. */
const secret =
  /pass(word|wd)?|token|secret|credential|api[-_]?key|private|connection[-_]?string|last-applied/i;

/** A value as it is shown, in JSON; undefined for a secret one, a long one, and none. */
export function shown(kind: string, path: string, value: unknown): string | undefined {
  if (isAbsent(value) || kind === "Secret" || secret.test(path)) return undefined;
  const text = JSON.stringify(value);
  return text.length > longest || secret.test(text) ? undefined : withoutPasswords(text);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
