/** The program: the exports of index.ts are the stack's outputs. */
export async function program(): Promise<Record<string, unknown>> {
  return { ...((await import("../../index.ts")) as Record<string, unknown>) };
}

/**
 * Options of an operation that reads resources as they are. With the program, the engine reads with the token and at
 * the addresses of today's settings; without it, with those of the last `up`.
 */
export const reading = { runProgram: true } as const;

/** Options of an operation that reads all resources first, or none. */
export const readingFirst = (refresh: boolean) => (refresh ? { refresh, ...reading } : { refresh });
