/**
 * Declares resources without stack traces. The SDK takes one for every property of a resource, to tell of promises that
 * never end: that is a quarter of what a program with a hundred repositories takes.
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
