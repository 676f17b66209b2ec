import { writeFileSync } from "node:fs";
import process from "node:process";
import * as pulumi from "@pulumi/pulumi";
import {
  type AdoptionPlan,
  adoptionAskedVariable,
  adoptionPlanVariable,
  type PlannedObject,
} from "./document.ts";

const objects: PlannedObject[] = [];

/** Whether the command that runs the program asks for the plan: then it shows refusals with all the rest. */
export function isPlanWanted(): boolean {
  return (process.env[adoptionPlanVariable] ?? "") !== "";
}

/** Adds an object to the plan, and writes the plan where the command asked for it. */
export function recordPlanned(planned: PlannedObject): void {
  const path = process.env[adoptionPlanVariable] ?? "";
  if (path === "") return;
  objects.push(planned);
  const plan: AdoptionPlan = { objects };
  writeFileSync(path, JSON.stringify(plan), { mode: 0o600 });
}

/** Whether objects that exist are taken over: by the setting, or in a preview whose command asks how that would be. */
export function isAdopting(setting: boolean): boolean {
  return setting || (pulumi.runtime.isDryRun() && process.env[adoptionAskedVariable] === "true");
}
