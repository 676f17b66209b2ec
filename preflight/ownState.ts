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

/** Every resource of this stack's own state by its URN; undefined where the engine cannot tell. */
async function held(): Promise<[urn: string, resource: Resource | undefined][] | undefined> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    });
    return Object.entries((answer as Held).outputs ?? {});
  } catch {
    return undefined;
  }
}

/**
 * Whether this stack's own state holds the object with that UID; undefined where the engine cannot tell. The whole state
 * is read: asked only where an object says that it is another stack's.
 */
export async function stackHolds(uid: string): Promise<boolean | undefined> {
  return (await held())?.some(
    ([urn, resource]) =>
      parseUrn(urn).type.startsWith("kubernetes:") && resource?.outputs?.metadata?.uid === uid,
  );
}

/** Names under which the stack declares repositories. The whole state is read: asked only where one is to be adopted. */
export async function heldRepositories(): Promise<ReadonlySet<string>> {
  const names = ((await held()) ?? []).flatMap(([urn]) => {
    const { type, name } = parseUrn(urn);
    return type === "github:index/repository:Repository" ? [name.replace(/-repository$/, "")] : [];
  });
  return new Set(names);
}
