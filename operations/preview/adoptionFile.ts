import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  type AdoptionPlan,
  adoptionPlanVariable,
  type PlannedObject,
} from "../../preflight/adoption/document.ts";

/** The file in which the program leaves its plan of an adoption during a preview. */
export class AdoptionFile {
  readonly #folder: string;
  readonly #path: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, "adoption.json");
  }

  /** Makes an empty place for it, readable by this user only, and asks the program for the plan. */
  static create(): AdoptionFile {
    const file = new AdoptionFile(mkdtempSync(join(tmpdir(), "mesh-six-preview-")));
    process.env[adoptionPlanVariable] = file.#path;
    return file;
  }

  /** Objects that the program has planned so far. */
  read(): readonly PlannedObject[] {
    if (!existsSync(this.#path)) return [];
    return (JSON.parse(readFileSync(this.#path, "utf8")) as AdoptionPlan).objects;
  }

  remove(): void {
    Reflect.deleteProperty(process.env, adoptionPlanVariable);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
