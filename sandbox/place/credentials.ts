import { randomBytes } from "node:crypto";
import type { SandboxDirectory } from "./directory.ts";
import { readJson, writeJson, writeWhole } from "../../lib/process/files.ts";

/** A person's services instead of the sandbox's own; kept so that every later command uses them too. */
export interface ExistingServices {
  readonly kubeconfig?: { readonly path: string; readonly context: string };
  readonly databaseUrl?: string;
  readonly github?: { readonly url: string; readonly token: string };
}

/** The Argo CD in the sandbox's own cluster. */
export type ArgoCdChoice = "real" | "stand-in";

interface Credentials {
  databasePassword: string;
  githubToken: string;
  passphrase: string;
  /** Stable random values by name, for settings of the stack. */
  generated: Record<string, string>;
  existing?: ExistingServices;
  argocd?: ArgoCdChoice;
}

/** The generated credentials of a sandbox, made at the first start and then kept: data written under them lasts. */
export class CredentialStore {
  readonly #path: string;
  readonly #values: Credentials;

  constructor(directory: SandboxDirectory) {
    this.#path = directory.credentials;
    const found = readJson<Credentials>(this.#path);
    this.#values = found ?? {
      databasePassword: randomValue(),
      // GitHub's own form, so that clients which look at the prefix treat it as a token.
      githubToken: `ghp_${randomBytes(18).toString("hex")}`,
      passphrase: randomValue(),
      generated: {},
    };
    if (found === undefined) this.#save();
    writeWhole(directory.passphrase, this.#values.passphrase);
  }

  get databasePassword(): string {
    return this.#values.databasePassword;
  }

  get githubToken(): string {
    return this.#values.githubToken;
  }

  get passphrase(): string {
    return this.#values.passphrase;
  }

  get existing(): ExistingServices {
    return this.#values.existing ?? {};
  }

  set existing(services: ExistingServices) {
    this.#values.existing = services;
    this.#save();
  }

  get argocd(): ArgoCdChoice {
    return this.#values.argocd ?? "stand-in";
  }

  set argocd(choice: ArgoCdChoice) {
    this.#values.argocd = choice;
    this.#save();
  }

  /** The random value of that name: the same at every call, across runs. */
  generated(name: string): string {
    let value = this.#values.generated[name];
    if (value === undefined) {
      value = randomValue();
      this.#values.generated[name] = value;
      this.#save();
    }
    return value;
  }

  #save(): void {
    writeJson(this.#path, this.#values);
  }
}

function randomValue(): string {
  return randomBytes(24).toString("base64url");
}
