/** A parameter of libpq's that the program and every reader of the URL in the cluster treat alike. */
interface Taken {
  /** Says what a value has to be; undefined for a value that is right. */
  readonly expected?: (value: string) => string | undefined;
}

/** A parameter of libpq's that one of them does not know. */
interface Refused {
  readonly remedy: string;
}

const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value) ? undefined : `${values.slice(0, -1).join(", ")} or ${values.at(-1) ?? ""}`;

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

const wholeNumber = (value: string) => (/^\d{1,6}$/.test(value) ? undefined : "a whole number of seconds");

/** The URL's other readers: Dapr's driver hands unknown parameters to the server, which then refuses the session. */
const dapr = "remove it: Dapr's PostgreSQL driver does not know it and the server then refuses its sessions";
const byPassword = "remove it: sessions of the program and of mesh-six's services log in by password alone";
const oneHost =
  "name one host, such as the address that follows the primary, or a proxy in front of the servers";
const inUrl =
  "remove it, and write what it stands for into the URL: other machines and Pods do not have the file";

/**
 * Every parameter of libpq's (PostgreSQL 18 and before), in the documentation's order.
 *
 * The connection string is read by three parties: the program (Node's driver), psql in the upkeep's CronJob, and
 * through postgres-secret mesh-six's services and Dapr (Node's driver and Go's pgx). A parameter is taken where all
 * of them do the same by it. Any other one is refused: a parameter that is ignored leads to another database, schema
 * or degree of protection than the URL says.
 */
export const parameters: Readonly<Record<string, Taken | Refused>> = {
  host: {
    expected: (value) => (value.includes(",") ? "one host" : undefined),
  },
  hostaddr: { remedy: "write the address as the URL's host" },
  port: {
    expected: (value) =>
      /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535
        ? undefined
        : "one port from 1 to 65535",
  },
  dbname: {},
  user: {},
  password: {},
  passfile: { remedy: "remove it, and write the password into the URL" },
  require_auth: { remedy: dapr },
  channel_binding: { remedy: dapr },
  connect_timeout: { expected: wholeNumber },
  client_encoding: {
    expected: (value) =>
      /^(utf-?8|unicode)$/i.test(value) ? undefined : "UTF8, in which all texts are sent",
  },
  options: {},
  application_name: {},
  fallback_application_name: { remedy: "write it as application_name" },
  keepalives: { remedy: dapr },
  keepalives_idle: { remedy: dapr },
  keepalives_interval: { remedy: dapr },
  keepalives_count: { remedy: dapr },
  tcp_user_timeout: { remedy: dapr },
  replication: { remedy: "remove it: a replication session runs no SQL of an application" },
  gssencmode: { remedy: "remove it: no session is encrypted by GSSAPI" },
  sslmode: { expected: oneOf(...sslModes) },
  requiressl: { remedy: "write sslmode=require" },
  sslnegotiation: { remedy: dapr },
  sslcompression: { remedy: "remove it: no server since PostgreSQL 14 compresses TLS" },
  sslcert: { remedy: byPassword },
  sslkey: { remedy: byPassword },
  sslkeylogfile: { remedy: "remove it: it writes the keys of sessions into a file" },
  sslpassword: { remedy: byPassword },
  sslcertmode: { remedy: byPassword },
  sslrootcert: {},
  sslcrl: { remedy: dapr },
  sslcrldir: { remedy: dapr },
  sslsni: { expected: (value) => (value === "1" ? undefined : "1, for a host's name is always sent") },
  requirepeer: { remedy: "remove it: it is for Unix sockets, which Pods do not reach" },
  ssl_min_protocol_version: { remedy: dapr },
  ssl_max_protocol_version: { remedy: dapr },
  min_protocol_version: { remedy: dapr },
  max_protocol_version: { remedy: dapr },
  krbsrvname: { remedy: byPassword },
  gsslib: { remedy: byPassword },
  gssdelegation: { remedy: byPassword },
  scram_client_key: { remedy: byPassword },
  scram_server_key: { remedy: byPassword },
  service: { remedy: inUrl },
  servicefile: { remedy: inUrl },
  target_session_attrs: {
    expected: (value) =>
      ["any", "read-write", "primary"].includes(value)
        ? undefined
        : "any, read-write or primary, since migrations write",
  },
  load_balance_hosts: { remedy: oneHost },
  oauth_issuer: { remedy: byPassword },
  oauth_client_id: { remedy: byPassword },
  oauth_client_secret: { remedy: byPassword },
  oauth_scope: { remedy: byPassword },
  // Words that libpq itself translates or once knew.
  ssl: { remedy: "write sslmode=require" },
  authtype: { remedy: "remove it: PostgreSQL no longer has it" },
  tty: { remedy: "remove it: PostgreSQL no longer has it" },
};

/** The remedy for a list of hosts. */
export const oneHostRemedy = oneHost;
