/** Kinds that say who gets in: nothing in them is anybody else's, unless `adoptKeep` names it. */
const whollyDeclared = new Set(["IngressRoute", "Component"]);

export function isWhollyDeclared(kind: string): boolean {
  return whollyDeclared.has(kind);
}

/** Additions to further kinds that change who gets in, or with which rights a program runs. */
const opening: readonly { readonly kind: RegExp; readonly path: RegExp }[] = [
  { kind: /^Service$/, path: /^spec\.(type|externalIPs|externalName|loadBalancer\w*|selector)\b/ },
  {
    kind: /^(Deployment|CronJob)$/,
    path: /\b(securityContext|host(Network|PID|IPC)|hostPath|serviceAccount(Name)?)\b/,
  },
];

/** Whether an addition changes access: then it is drift, also where it stays. */
export function changesAccess(kind: string, path: string): boolean {
  if (path.startsWith("metadata")) return false;
  return isWhollyDeclared(kind) || opening.some((rule) => rule.kind.test(kind) && rule.path.test(path));
}
