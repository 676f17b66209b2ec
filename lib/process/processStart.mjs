// Plain JavaScript: start.mjs needs it on Node 20 as well.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Start time of the process, in the words of the operating system (comparable only with itself), or undefined when
 * there is no such process. Process ids are used again; id and start together are not.
 */
export function processStart(pid) {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // A zombie only waits for its parent to read its exit code: nothing of it runs any more.
      return state === "Z" || state === "X" ? undefined : fields[18];
    }
    const row = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
    const [state, ...start] = row.trim().split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}
