import { Cron } from "croner";
import * as z from "zod";
import { holdsLogIn } from "../lib/text/withoutPasswords.ts";
import { githubAddresses } from "../lib/github/addresses.ts";

export const notEmpty = z.string().min(1);

/** Not empty, no blanks around it. */
export const filled = z.string().refine((value) => value !== "" && value.trim() === value, {
  error: "a text that is not empty and has no blanks around it",
});

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A name of a namespace or a Service (RFC 1123 label). */
export const labelName = z
  .string()
  .regex(label, { error: "a Kubernetes name: lower-case letters, digits and '-', at most 63 characters" });

/** A name of any other Kubernetes object (RFC 1123 subdomain). */
export const objectName = z
  .string()
  .refine((value) => value.length <= 253 && value.split(".").every((part) => label.test(part)), {
    error: "a Kubernetes name: lower-case letters, digits, '-' and '.', at most 253 characters",
  });

/** The same, or empty for none. */
export const optionalObjectName = z
  .string()
  .refine((value) => value === "" || objectName.safeParse(value).success, {
    error: "a Kubernetes name: lower-case letters, digits, '-' and '.', at most 253 characters",
  });

/** A Go duration as Dapr and Kubernetes write it: 500ms, 30s, 5m, 1h30m. */
export const duration = z
  .string()
  .regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, { error: "a duration such as 30s, 5m or 1h30m" });

/** An address that everybody may read: whatever is no secret stays readable in files and in the state. */
const publicText = z.string().refine((value) => !holdsLogIn(value), {
  error: "an address without a log-in, which all who see the state could read",
  abort: true,
});

export const url = (...protocols: readonly string[]) =>
  publicText.refine((value) => isUrl(value, protocols), { error: urlOf(protocols) });

/** The same, or empty for what is said elsewhere. */
export const optionalUrl = (...protocols: readonly string[]) =>
  publicText.refine((value) => value === "" || isUrl(value, protocols), { error: urlOf(protocols) });

/** A repository of git's, by any of its addresses. */
export const repositoryAddress = filled.refine((value) => !holdsLogIn(value), {
  error: "an address without a log-in, which belongs in a repository Secret of ArgoCD",
});

function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1));
}

function urlOf(protocols: readonly string[]): string {
  return `a URL that begins with ${protocols.map((p) => `${p}://`).join(" or ")}`;
}

/** A name, an IPv4 address, or an IPv6 address with or without brackets. */
export const host = z
  .string()
  .regex(/^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/, {
    error: "a host's name or address, without scheme and port",
  });

/** A name in DNS, as it stands in the rule of a route and in a certificate. */
export const dnsName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, {
  error: "a host's name, without scheme, port and path",
});

/** host:port, the host a name, an IPv4 address or an IPv6 address in brackets. */
export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, { error: "HOST:PORT", abort: true })
  .refine((value) => Number(value.slice(value.lastIndexOf(":") + 1)) <= 65535, {
    error: "a port up to 65535",
  });

/** The same, or several of them separated by commas, as the nodes of a Redis cluster or its sentinels. */
export const hostsAndPorts = z.string().superRefine((value, context) => {
  for (const one of value.split(",")) {
    const [issue] = hostAndPort.safeParse(one).error?.issues ?? [];
    if (issue !== undefined) return context.addIssue({ code: "custom", message: issue.message });
  }
});

/** A key of a Secret or a ConfigMap. */
export const dataKey = z
  .string()
  .regex(/^[-._a-zA-Z0-9]{1,253}$/, { error: "a key of a Secret: letters, digits, '-', '_' and '.'" });

/** A path prefix in the rule of a route. */
export const path = z.string().regex(/^\/[^\s`]*$/, { error: "a path that begins with / and has no blanks" });

/** A branch or tag as git takes it (git-check-ref-format). */
export const refName = z.string().refine(isRefName, {
  error:
    "a name git takes: no blanks, none of ~^:?*[\\, no '..' or '@{', no part that begins with . or ends with .lock, no - or / before it, no / or . after it",
});

function isRefName(value: string): boolean {
  if (/[\p{Cc} ~^:?*[\\]|\.\.|@\{|^-|\.$|^@$/u.test(value)) return false;
  return value.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

/** PostgreSQL takes a name of a role or database of this form as it is; it cuts off longer ones. */
export const sqlName = filled.refine((value) => Buffer.byteLength(value) <= 63 && !value.startsWith("pg_"), {
  error: "a name of at most 63 bytes that does not begin with pg_",
});

/** Lowest and highest value of cron's five fields. */
const cronFields = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/**
 * Schedule of a CronJob: numbers and names, lists, ranges and steps, in a form that Kubernetes and croner both take.
 */
export const cron = z.string().refine(
  (value) => {
    const fields = value.split(" ");
    const within = (field: string, [low, high]: readonly [number, number]) =>
      /^[0-9A-Za-z*,/?-]+$/.test(field) &&
      (field.replaceAll(/\/\d+/g, "").match(/\d+/g) ?? []).every(
        (n) => Number(n) >= low && Number(n) <= high,
      );
    if (fields.length !== 5 || !cronFields.every((bounds, index) => within(fields[index]!, bounds)))
      return false;
    // Croner also takes L, W and the like, which Kubernetes refuses: letters are names of months and days alone.
    if ((value.match(/[A-Za-z]+/g) ?? []).some((word) => word.length !== 3)) return false;
    try {
      new Cron(value, { paused: true, mode: "5-part", sloppyRanges: true }).stop();
      return true;
    } catch {
      return false;
    }
  },
  { error: "cron's five fields, as in 17 3 * * *" },
);

/** An IANA time zone by its name, as in Europe/Berlin: an offset has the opposite sign in PostgreSQL. */
export const timeZone = z.string().refine(
  (value) => {
    try {
      return (
        /^[A-Za-z]/.test(value) &&
        new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== ""
      );
    } catch {
      return false;
    }
  },
  { error: "a time zone such as UTC or Europe/Berlin" },
);

/** A GitHub as people name it; empty for github.com. */
export const githubAddress = z.string().refine(
  (value) => {
    try {
      return githubAddresses(value).api !== "";
    } catch {
      return false;
    }
  },
  { error: "github.com, https://HOST of an Enterprise Server, or https://NAME.ghe.com" },
);

/** An organization of GitHub. */
export const organization = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/, { error: "an organization's name as in https://github.com/NAME" });
