import * as pulumi from "@pulumi/pulumi";

/** A resource as the program declared it. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Its id in the plugin, where it takes over an existing resource. */
  readonly importId: string | undefined;
}

/**
 * The declarations of a program, without an engine: each resource's inputs come back as its outputs. For the shape of
 * declarations only.
 *
 * @param declare - declares resources; awaited together with everything they wait for
 * @param outputs - a provider's further outputs, by type
 * @param run - name of the stack, and whether it is a preview; else the mocks' own
 */
export async function declarations(
  declare: () => unknown,
  outputs: Readonly<Record<string, Record<string, unknown>>> = {},
  { stack, preview }: { readonly stack?: string; readonly preview?: boolean } = {},
): Promise<Declared[]> {
  const declared: Declared[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs, id }) {
      const given = inputs as Record<string, unknown>;
      declared.push({ type, name, inputs: given, importId: id === "" ? undefined : id });
      // GitHub's plugin takes a repository's name for its id.
      const made = type === "github:index/repository:Repository" ? String(given["name"]) : `${name}-id`;
      return { id: id || made, state: { ...given, ...outputs[type] } };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, undefined, stack, preview);
  takeHooks();
  await settled(declare());
  return declared;
}

/** The SDK's mocks know no resource hooks; without an engine nobody calls one. */
export function takeHooks(): void {
  const { getMonitor } = pulumi.runtime as unknown as { getMonitor: () => object | undefined };
  const register = (_: unknown, done: (error: null, answer: object) => void) => done(null, {});
  Object.assign(getMonitor() ?? {}, { registerResourceHook: register, registerErrorHook: register });
}

/** Waits until the engine's stand-in has nothing under way. */
async function settled(value: unknown): Promise<void> {
  await new Promise<void>((resolve) => {
    pulumi.all([value]).apply(() => resolve());
  });
  await pulumi.runtime.disconnect();
}

/** The one object of that kind and name. */
export function object(declared: readonly Declared[], kind: string, name: string): Record<string, unknown> {
  const found = declared.filter(
    ({ inputs }) => inputs["kind"] === kind && (inputs["metadata"] as { name?: string }).name === name,
  );
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${kind} ${name}: declared ${String(found.length)} times`);
  }
  return found[0].inputs;
}
