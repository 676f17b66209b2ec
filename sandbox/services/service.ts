import type { ServerTools } from "../../toolchain/resolve.ts";
import type { CredentialStore } from "../place/credentials.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import type { Launch } from "./supervisor.ts";

/** The context of a service when it starts, or answers whether it is ready. */
export interface ServiceContext {
  readonly directory: SandboxDirectory;
  readonly toolchain: ServerTools;
  readonly credentials: CredentialStore;
  /** The port on 127.0.0.1 of the service of that name. */
  port(service: string): number;
}

/** One background process of the sandbox. */
export interface Service {
  readonly name: string;
  /** The services that must be ready before this one is started. */
  readonly after: readonly string[];
  /** Whether it reads the cluster's surroundings (CRDs, configuration) when it starts, and ends where they are missing. */
  readonly needsSurroundings?: boolean;
  /** Whether it listens on a port of 127.0.0.1 that is chosen and remembered under its name. */
  readonly listens: boolean;
  /** Makes what must exist before the first start; does nothing when it exists. */
  prepare?(context: ServiceContext): Promise<void>;
  launch(context: ServiceContext): Launch;
  /** Resolves when the service answers, rejects with the reason while it does not yet. */
  probe?(context: ServiceContext): Promise<void>;
  /** The way to end it; the default is SIGTERM and ten seconds. */
  readonly stop?: { readonly signal: NodeJS.Signals; readonly grace: number };
}
