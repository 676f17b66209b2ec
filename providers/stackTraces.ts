/**
 * Declares resources without stack traces. The SDK takes one for every property of a resource, to tell of promises that
 * never end, and keeps the place of the declaration in the state: that is a third of the time of declaring a repository,
 * and as many bytes again as a small resource has, other ones in every folder the project is cloned to.
 */
export function withoutStackTraces<T>(declare: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return declare();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
