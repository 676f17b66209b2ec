/**
 * Annotation that counts how often an object was taken back from what others had added to it. A number that differs
 * from the object's is what makes Pulumi's plugin apply it in full, since it does not see such additions itself.
 */
export const takenBackKey = "mesh-six/taken-back";

/** The number of times, by the object's annotations; 0 for never. */
export function takenBackCount(annotations: Readonly<Record<string, string>> = {}): number {
  const count = Number(annotations[takenBackKey]);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** The name under which an object is counted: `IngressRoute/dashboard`. */
export function countedAs({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`;
}
