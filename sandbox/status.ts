import type { SandboxDirectory } from "./directory.ts";
import type { Screen } from "./screen.ts";
export async function showStatus(
  _d: SandboxDirectory,
  _s: Screen,
  _o: { json: boolean; showSecrets: boolean },
): Promise<number> {
  return Promise.resolve(0);
}
