import type { Difference } from "./differences.ts";
import type { Properties, Value } from "./values.ts";

/**
 * A plugin's handlers for one resource type. All values are plain: the server takes the marks of secrecy off inputs
 * and puts them back, on the same places, on outputs (a handler may add further ones with `secret`).
 */
export interface ResourceType {
  check(request: CheckRequest): Checked | Promise<Checked>;
  diff(request: ChangeRequest): Plan | Promise<Plan>;
  create(request: CreateRequest): Promise<Created>;
  /** The resource as it is now; undefined when it is gone. */
  read(request: ReadRequest): Promise<Found | undefined>;
  update(request: ChangeRequest & Execution): Promise<Properties>;
  delete(request: DeleteRequest): Promise<void>;
}

export interface Identity {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
}

export interface Execution {
  readonly preview: boolean;
  /** Seconds given by `customTimeouts`; 0 when none are. */
  readonly timeout: number;
  /** Fires when the operation is cancelled. */
  readonly signal: AbortSignal;
}

export interface CheckRequest extends Identity {
  readonly olds: Properties;
  readonly news: Properties;
  /** Stays the same from the preview to the update. */
  readonly randomSeed: Uint8Array;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures?: readonly Failure[];
}

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface ChangeRequest extends Identity {
  readonly id: string;
  /** The resource's outputs in the state. */
  readonly olds: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
}

export interface Plan {
  readonly differences: readonly Difference[];
  /** Whether a change at this path makes a new resource. */
  readonly replaces: (path: string) => boolean;
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends Identity, Execution {
  readonly inputs: Properties;
}

export interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

export interface ReadRequest extends Identity, Omit<Execution, "preview"> {
  readonly id: string;
  /** Empty at an import or `get`. */
  readonly olds: Properties;
  readonly oldInputs: Properties;
}

export interface Found extends Created {
  readonly inputs: Properties;
}

export interface DeleteRequest extends Identity, Omit<Execution, "preview"> {
  readonly id: string;
  readonly olds: Properties;
}

export interface Plugin {
  readonly name: string;
  readonly version: string;
  /** @throws when the target is not the sandbox's and nothing allows it. */
  configure(settings: Properties): void | Promise<void>;
  /** Whether changed provider settings point somewhere else, so that every resource is made again. */
  replacedBy?(olds: Properties, news: Properties): readonly string[];
  /** @throws when the type is not served */
  resourceType(token: string): ResourceType;
  invoke?(token: string, args: Properties): Promise<Properties>;
}

/** Made or changed, yet not as it should be: the state keeps what there is, and the operation fails. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: Properties;
  readonly inputs: Properties;
  readonly reasons: readonly string[];

  constructor(id: string, outputs: Properties, inputs: Properties, reasons: readonly string[]) {
    super(reasons.join("; "));
    this.id = id;
    this.outputs = outputs;
    this.inputs = inputs;
    this.reasons = reasons;
  }
}

/** A boolean provider setting: the engine hands over everything but strings as JSON text. */
export function flag(value: Value | undefined): boolean {
  return value === true || value === "true";
}
