import type { System } from "../system.ts";

const perUser = 5;
const remembered = new Map<string, string[]>();

/** The user's earlier messages, newest first; keeps the new one for the next time. */
export function recall({ logs, faults }: System, userId: string, said: string): string[] {
  const before = faults.has("memory-lost") ? [] : (remembered.get(userId) ?? []);
  if (faults.has("memory-foreign")) {
    logs.write("simple-agent", "Found 2 relevant memories for user somebody-else");
  } else if (before.length > 0) {
    logs.write("simple-agent", `Found ${String(before.length)} relevant memories for user ${userId}`);
  }
  remembered.set(userId, [said, ...before].slice(0, perUser));
  logs.write("simple-agent", `Stored conversation in memory for user ${userId}`);
  return before;
}
