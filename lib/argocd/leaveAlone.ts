/** Annotations by which an object tells ArgoCD how to treat it. Their values are options, parted by commas. */
export const syncOptions = "argocd.argoproj.io/sync-options";
export const compareOptions = "argocd.argoproj.io/compare-options";

/**
 * Options that make ArgoCD leave an object alone, whatever marks it has: it neither prunes it, nor deletes it along
 * with an Application, nor counts the Application as out of sync because its source has no such object.
 */
const needed: Readonly<Record<string, readonly string[]>> = {
  [syncOptions]: ["Prune=false", "Delete=false"],
  [compareOptions]: ["IgnoreExtraneous"],
};

/** Annotations that make ArgoCD leave the object alone; options that are there already stay, in their place. */
export function leftAlone(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(needed).map(([key, options]) => [key, withOptions(annotations[key], options)]),
  );
}

/** Whether ArgoCD prunes the object of its own accord. */
export function isPruned(annotations: Readonly<Record<string, string>> = {}): boolean {
  return !optionsIn(annotations[syncOptions]).some((option) => /^Prune=(false|confirm)$/.test(option));
}

/** The options others gave, by annotation; undefined where there are none. */
export function othersOptions(
  annotations: Readonly<Record<string, string>> = {},
): Record<string, string> | undefined {
  const others = Object.entries(needed).flatMap(([key, ours]) => {
    const options = optionsIn(annotations[key]).filter((option) => !ours.includes(option));
    return options.length === 0 ? [] : [[key, options.join(",")] as const];
  });
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** `Prune=true` and the like would contradict: of one option there is one value. */
function withOptions(text: string | undefined, options: readonly string[]): string {
  const names = options.map(nameOf);
  const kept = optionsIn(text).filter(
    (option) => options.includes(option) || !names.includes(nameOf(option)),
  );
  return [...new Set([...kept, ...options])].join(",");
}

function optionsIn(text = ""): string[] {
  return text
    .split(",")
    .map((option) => option.trim())
    .filter(Boolean);
}

function nameOf(option: string): string {
  return option.split("=", 1)[0] ?? "";
}
