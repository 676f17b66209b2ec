import { percentEncoded } from "../../lib/text/percentEncoded.ts";

/** The transformation of a secret's parts into its data. */
export type SecretKind = "opaque" | "amqp" | "registry";

/** A Secret's data by key, as text. */
export type Data = Readonly<Record<string, string>>;

/** The settings that complete the parts of a secret. */
export interface Around {
  /** RabbitMQ of a url of kind `amqp`. */
  readonly rabbitmq: { readonly host: string; readonly virtualHost: string; readonly tls: boolean };
  /** The registry of a Secret of kind `registry`, and its user where the parts name none. */
  readonly registry: { readonly server: string; readonly user: string };
}

/** The parts a kind cannot do without, and the key it may be given under instead, finished. */
export const ingredients: Readonly<
  Record<Exclude<SecretKind, "opaque">, { readonly parts: readonly string[]; readonly finished: string }>
> = {
  amqp: { parts: ["username", "password"], finished: "url" },
  registry: { parts: ["password"], finished: ".dockerconfigjson" },
};

export function secretType(kind: SecretKind): string {
  return kind === "registry" ? "kubernetes.io/dockerconfigjson" : "Opaque";
}

/** The data of a Secret from its parts: those of a kind are put together, the others are the data already. */
export function finish(parts: Data, kind: SecretKind, { rabbitmq, registry }: Around): Data {
  switch (kind) {
    case "opaque":
      return parts;
    case "amqp": {
      const [username, password] = [parts["username"] ?? "", parts["password"] ?? ""].map(percentEncoded);
      return { url: parts["url"] ?? amqpUrl(`${username}:${password}`, rabbitmq) };
    }
    case "registry":
      return { ".dockerconfigjson": parts[".dockerconfigjson"] ?? dockerConfig(parts, registry) };
  }
}

/**
 * The same of parts that only the External Secrets Operator sees: `spec.target.template` of an ExternalSecret,
 * in its language (Go's templates with the functions of Sprig).
 */
export function templateOf(
  keys: readonly string[],
  kind: SecretKind,
  { rabbitmq, registry }: Around,
): { readonly type?: string; readonly data?: Data } | undefined {
  if (kind === "opaque") return undefined;
  const type = kind === "registry" ? { type: secretType(kind) } : {};
  if (keys.includes(ingredients[kind].finished)) return kind === "registry" ? type : undefined;
  if (kind === "amqp") {
    // `urlquery` is for queries, where a blank is a plus; a plus itself it has encoded.
    const encoded = (part: string) => `{{ .${part} | urlquery | replace "+" "%20" }}`;
    return { data: { url: amqpUrl(`${encoded("username")}:${encoded("password")}`, rabbitmq) } };
  }
  const user = keys.includes("username") ? ".username" : JSON.stringify(registry.user);
  const login = `{"username":{{ ${user} | toJson }},"password":{{ .password | toJson }},"auth":"{{ printf "%s:%s" ${user} .password | b64enc }}"}`;
  return {
    ...type,
    data: { ".dockerconfigjson": `{"auths":{${JSON.stringify(registry.server)}:${login}}}` },
  };
}

/** @param user - name and password, each percent-encoded */
function amqpUrl(user: string, { host, virtualHost, tls }: Around["rabbitmq"]): string {
  // No path stands for the virtual host "/"; a bare slash would stand for one whose name is empty.
  const path = virtualHost === "/" ? "" : `/${percentEncoded(virtualHost)}`;
  return `${tls ? "amqps" : "amqp"}://${user}@${host}${path}`;
}

function dockerConfig(parts: Data, { server, user }: Around["registry"]): string {
  const username = parts["username"] ?? user;
  const password = parts["password"] ?? "";
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [server]: { username, password, auth } } });
}
