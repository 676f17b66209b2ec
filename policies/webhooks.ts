import { isUnknown } from "../lib/pulumi/unknown.ts";
import { at, type Declared } from "./declaredResource.ts";

const types = /^github:index\/(organization|repository)Webhook:/;

/** Deliveries are encrypted, to a server whose certificate is verified, and signed. */
export function securedWebhook({ type, props }: Declared): string[] {
  if (!types.test(type) || isUnknown(at(props, "configuration"))) return [];
  const problems: string[] = [];
  const insecure = at(props, "configuration", "insecureSsl");
  if (
    insecure !== undefined &&
    insecure !== false &&
    insecure !== "0" &&
    insecure !== "false" &&
    !isUnknown(insecure)
  ) {
    problems.push(
      "configuration.insecureSsl: expected false, got true; GitHub must verify the receiver's certificate",
    );
  }
  const url = at(props, "configuration", "url");
  if (typeof url === "string" && !isUnknown(url) && !isSecured(url)) {
    problems.push(
      "configuration.url: expected an address that begins with https://; deliveries must be encrypted",
    );
  }
  const secret = at(props, "configuration", "secret");
  if (secret === undefined || secret === "") {
    problems.push("configuration.secret: expected a secret, got none; the receiver could not tell who sends");
  }
  return problems;
}

/** TLS, or the machine itself: what does not leave it needs none. */
function isSecured(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);
}
