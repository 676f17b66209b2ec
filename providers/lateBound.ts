import { createRequire, flushCompileCache } from "node:module";

type Method = (...args: unknown[]) => unknown;

const require = createRequire(import.meta.url);

/**
 * The provider of a folder, as its `provider.ts` is today. Called by the line of code that shell.ts puts into the state.
 *
 * An error that a provider throws on purpose says all there is to say in its message. The SDK prints the stack of what
 * `check`, `diff`, `read` and `delete` throw besides, a dozen lines of its own files: those errors come without one.
 * Members of an answer that are undefined are left out.
 */
export function provider(folder: string): Record<string, Method> {
  const methods = require(`./${folder}/provider.ts`) as Record<string, Method>;
  // The engine ends this process by a signal, before Node would write its cache.
  setImmediate(flushCompileCache);
  const wrapped = Object.entries(methods).map(([name, method]): [string, Method] => [
    name,
    async (...args) => {
      try {
        return withoutUndefined(await method(...args));
      } catch (error) {
        // A mistake in the code keeps the place where it was made.
        if (error instanceof Error && !isMistake(error)) error.stack = "";
        throw error;
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}

/** Without members that are undefined, at any depth: the SDK refuses them in what it keeps ("Unexpected struct type"). */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutUndefined(item) ?? null);
  if (!isPlain(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutUndefined(member)]));
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
