import process from "node:process";
import * as pulumi from "@pulumi/pulumi";
import { writeReport } from "../../lib/pulumi/report.ts";
import { adoptionAskedVariable, adoptionKind, type PlannedObject, titleOf } from "./document.ts";

/** Reports an object of the plan to the command that asked for it. */
export function recordPlanned(planned: PlannedObject): void {
  writeReport(adoptionKind, `${planned.apiVersion} ${titleOf(planned)}`, planned);
}

/** Whether objects that exist are taken over: by the setting, or in a preview whose command asks how that would be. */
export function isAdopting(setting: boolean): boolean {
  return setting || (pulumi.runtime.isDryRun() && process.env[adoptionAskedVariable] === "true");
}
