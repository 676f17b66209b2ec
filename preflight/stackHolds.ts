import * as pulumi from "@pulumi/pulumi";
import { parseUrn } from "../lib/pulumi/urn.ts";

/** Every resource of a stack by its URN, as the engine answers. */
interface Held {
  readonly outputs?: Readonly<Record<string, Resource | undefined>>;
}

interface Resource {
  readonly type?: string;
  readonly outputs?: { readonly metadata?: { readonly uid?: string } };
}

/**
 * Whether this stack's own state holds the object with that UID; undefined where the engine cannot tell. The whole state
 * is read: asked only where an object says that it is another stack's.
 */
export async function stackHolds(uid: string): Promise<boolean | undefined> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    });
    const { outputs = {} } = answer as Held;
    return Object.entries(outputs).some(
      ([urn, resource]) =>
        parseUrn(urn).type.startsWith("kubernetes:") && resource?.outputs?.metadata?.uid === uid,
    );
  } catch {
    return undefined;
  }
}
