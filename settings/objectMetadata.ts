import * as z from "zod";

/** Annotation of every object that the program declares: the stack that declares it. */
export const stackAnnotation = "mesh-six/stack";

/**
 * Annotation of a Namespace that stays when the stack goes: `adopt` has been set at some time, so it can be people's, with
 * what they have in it.
 */
export const retainedAnnotation = "mesh-six/retained";

/** A key of a label or an annotation: a name of at most 63 characters, with or without a DNS name before it. */
const key = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/, {
    error: "a key such as team or example.com/team",
  });

/** Keys by which Kubernetes, ArgoCD, Dapr, Pulumi and this program tell objects apart or treat them. */
const reserved = [
  /^app$/,
  /^pod-template-hash$/,
  /^mesh-six\//,
  /^app\.kubernetes\.io\/(part-of|managed-by|instance|name)$/,
  /^(kubectl|deployment|batch)\.kubernetes\.io\//,
  /^([-a-z0-9.]+\.)?(argoproj\.io|dapr\.io|external-secrets\.io|pulumi\.com)\//,
];

const free = key.refine((name) => !reserved.some((pattern) => pattern.test(name)), {
  error: "a key that is not one of the program's, ArgoCD's, Dapr's, Pulumi's or Kubernetes' own",
});

// `pulumi config set --path … 1` stores a number, as YAML does.
const asText = (value: unknown) =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** Labels of every object the program declares. */
export const commonLabels = z.record(
  free,
  z.preprocess(
    asText,
    z.string().regex(/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/, {
      error: "a label's value: letters, digits, '-', '_' and '.', at most 63 characters",
    }),
  ),
);

/** Annotations of every object the program declares. */
export const commonAnnotations = z.record(free, z.preprocess(asText, z.string()));
