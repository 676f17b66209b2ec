import { differences } from "../protocol/differences.ts";
import type { ResourceType } from "../protocol/plugin.ts";
import {
  isObject,
  objectAt,
  secret,
  textOf,
  UNKNOWN,
  type Properties,
  type Value,
} from "../protocol/values.ts";
import { type Account, statusOf } from "./account.ts";

const CONFIGURATION = ["url", "contentType", "insecureSsl", "secret"];

/** github:index/organizationWebhook:OrganizationWebhook */
export function organizationWebhooks(account: Account): ResourceType {
  const org = account.owner;

  return {
    check({ news }) {
      const configuration = objectAt(news["configuration"]);
      const failures = [
        ...(Array.isArray(news["events"]) || news["events"] === UNKNOWN
          ? []
          : [{ property: "events", reason: "expected a list of events; got none" }]),
        ...(configuration["url"] === undefined && news["configuration"] !== UNKNOWN
          ? [{ property: "configuration.url", reason: "expected the URL to deliver to; got none" }]
          : []),
        ...Object.keys(configuration)
          .filter((key) => !CONFIGURATION.includes(key) && !key.startsWith("__"))
          .map((key) => ({
            property: `configuration.${key}`,
            reason: `expected one of ${CONFIGURATION.join(", ")}`,
          })),
      ];
      const marked = isObject(news["configuration"])
        ? { __defaults: [], ...configuration }
        : news["configuration"];
      const active = news["active"] ?? true;
      const __defaults = news["active"] === undefined ? ["active"] : [];
      const inputs = { ...news, active, __defaults, ...(marked !== undefined && { configuration: marked }) };
      return {
        inputs: news["configuration"] === UNKNOWN ? { ...news, active, __defaults } : hide(inputs),
        failures,
      };
    },

    diff: ({ olds, news }) => ({
      differences: differences(settled(olds), settled(news)),
      replaces: () => false,
    }),

    async create({ inputs, preview }) {
      if (preview) return { id: "", outputs: hide({ ...inputs, url: UNKNOWN }) };
      const body = { org, name: "web", ...bodyOf(inputs) };
      const made = await account.rest("POST /orgs/{org}/hooks", body).catch((error: unknown) => {
        if (statusOf(error) !== 422) throw error;
        const url = textOf(objectAt(inputs["configuration"])["url"]);
        throw new Error(
          `Webhook of ${org} to ${url} cannot be created: ${String((error as Error).message)}. If it exists already, ` +
            `find its id with GET /orgs/${org}/hooks and import it.`,
          { cause: error },
        );
      });
      return { id: textOf(made["id"]), outputs: outputsOf(made, inputs) };
    },

    async read({ id, olds, oldInputs }) {
      const live = await account.find("GET /orgs/{org}/hooks/{hook_id}", { org, hook_id: id });
      if (!live) {
        await account.requireOrganization();
        return undefined;
      }
      const outputs = outputsOf(live, olds);
      const { active = true, events = [], configuration = {} } = outputs;
      const inputs: Properties = {
        active,
        events,
        configuration: { __defaults: [], ...objectAt(configuration) },
        __defaults: oldInputs["__defaults"] ?? [],
      };
      return { id, outputs, inputs };
    },

    async update({ id, olds, news, preview }) {
      if (preview) return hide({ ...olds, ...news });
      const body = { org, hook_id: id, ...bodyOf(news) };
      return outputsOf(await account.rest("PATCH /orgs/{org}/hooks/{hook_id}", body), news);
    },

    async delete({ id }) {
      await account.requireOrganization();
      await account.remove("DELETE /orgs/{org}/hooks/{hook_id}", { org, hook_id: id });
    },
  };
}

/** The properties that count for a difference: events in any order, no marks. */
function settled(properties: Properties): Properties {
  const configuration = objectAt(properties["configuration"]);
  const kept = Object.entries(configuration).filter(([key]) => !key.startsWith("__"));
  const events = properties["events"];
  return {
    active: properties["active"] ?? true,
    events: Array.isArray(events) ? events.map(textOf).sort() : (events ?? []),
    configuration:
      properties["configuration"] === UNKNOWN
        ? UNKNOWN
        : { insecureSsl: false, contentType: "form", ...Object.fromEntries(kept) },
  };
}

function bodyOf(inputs: Properties): Properties {
  const { active = true, events = [] } = inputs;
  const { url = "", contentType, insecureSsl, secret: key } = objectAt(inputs["configuration"]);
  const config: Properties = {
    url,
    ...(contentType !== undefined && { content_type: contentType }),
    insecure_ssl: insecureSsl === true ? "1" : "0",
    ...(key !== undefined && { secret: key }),
  };
  return { active, events, config };
}

/** The official plugin's outputs; GitHub never gives a secret back, so the known one is kept. */
function outputsOf(live: Properties, known: Properties): Properties {
  const config = objectAt(live["config"]);
  const given = objectAt(known["configuration"])["secret"];
  const configuration: Properties = {
    url: config["url"] ?? "",
    contentType: config["content_type"] ?? "form",
    insecureSsl: textOf(config["insecure_ssl"]) === "1",
    ...(config["secret"] !== undefined && given !== undefined && { secret: given }),
  };
  const { active = true, events = [], url = "" } = live;
  return hide({ active, configuration, etag: "", events, id: textOf(live["id"]), url });
}

/** Address and secret of a webhook are both secret to the official plugin. */
function hide(properties: Properties): Properties {
  if (!isObject(properties["configuration"])) return properties;
  const entries = Object.entries(objectAt(properties["configuration"]));
  const hidden = entries.map(([key, value]): [string, Value] => {
    return [key, key === "url" || key === "secret" ? secret(value) : value];
  });
  return { ...properties, configuration: Object.fromEntries(hidden) };
}
