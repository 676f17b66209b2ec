import assert from "node:assert/strict";
import { test } from "node:test";
import { only, problems, read, secrets } from "./settingsOf.ts";

test("with nothing but the secrets, every value is production's", () => {
  const settings = read();
  assert.equal(settings.namespace, "mesh-six");
  assert.equal(settings.argocd.moved, false);
  assert.equal(read({ namespace: "staging" }).argocd.moved, true, "the overlay's objects say mesh-six");
  assert.equal(settings.dapr.redisHost, "redis-master.redis-system:6379");
  assert.deepEqual(settings.dapr.actorScopes, [
    "llm-service",
    "architect-agent",
    "project-manager",
    "onboarding-service",
    "implementer",
  ]);
  assert.equal(settings.dapr.resiliency.agentBreaker.trip, "consecutiveFailures >= 5");
  assert.equal(settings.ingress.host, "mesh-six.bto.bar");
  assert.equal(settings.github.webhook.url, "https://mesh-six.bto.bar/webhooks/github");
  assert.deepEqual(
    settings.github.repositories[0]?.board.statusOptions.map(({ name }) => name),
    ["Todo", "Planning", "In Progress", "QA", "Review", "Done", "Blocked"],
  );
});

test("reports all problems at once", () => {
  const all = problems(
    {
      databasePort: "abc",
      argocdWait: "maybe",
      redisHost: "redis",
      ingressApiGroup: "traefik",
      namspace: "x",
    },
    { secrets: { secretValues: secrets["secretValues"]! } },
  );
  const about = (key: string) => all.filter((line) => line.startsWith(`mesh-six:${key}:`)).length;
  for (const key of [
    "databasePort",
    "argocdWait",
    "redisHost",
    "ingressApiGroup",
    "namspace",
    "databaseAdminPassword",
    "githubToken",
  ]) {
    assert.equal(about(key), 1, `${key} in\n${all.join("\n")}`);
  }
  assert.equal(all.length, 7);
});

test("a problem names the setting, what was expected, what was got, and the command that mends it", () => {
  assert.equal(
    only({ databasePort: "abc" }),
    'mesh-six:databasePort: expected a number, got "abc"; pulumi config set mesh-six:databasePort 5432',
  );
  assert.match(
    only({ databasePort: "70000" }),
    /at most 65535, got 70000; pulumi config set mesh-six:databasePort 5432$/,
  );
  assert.match(
    only({ ingressApiGroup: "x" }),
    /one of auto, traefik.io, traefik.containo.us, got "x"; pulumi config set mesh-six:ingressApiGroup auto$/,
  );
});

test("a problem does not repeat the password of an address", () => {
  const said = only({ githubBaseUrl: "https://robot:s3cret@git.example.com" });
  assert.match(said, /^mesh-six:githubBaseUrl: expected github\.com, .*, got "https:\/\/\[secret\]@git/);
});

test("an address that stays readable holds no log-in", () => {
  const token = "https://ghp_s3cret@github.com/x/y";
  for (const [key, value] of [
    ["argocdRepository", token],
    ["argocdServer", token],
    ["dashboardOnboardingUrl", token],
    ["githubWebhookUrl", "https://me:s3cret@mesh-six.bto.bar/webhooks/github"],
    ["dashboardMqttUrl", "wss://me:s3cret@rabbitmq-ws.bto.bar/ws"],
    ["repositories", JSON.stringify([{ name: "x", deployUrl: token }])],
  ] as const) {
    const said = only({ [key]: value });
    assert.match(said, /expected an address without a log-in, which .*, got "(https|wss):\/\/\[secret\]@/);
    assert.doesNotMatch(said, /s3cret/);
  }
  for (const argocdRepository of ["git@github.com:x/y.git", "ssh://git@github.com/x/y"])
    assert.equal(read({ argocdRepository }).argocd.repository, argocdRepository);
});

test("a deployed service answers at a URL", () => {
  const repositories = JSON.stringify([{ name: "x", deployUrl: "test-app.bto.bar" }]);
  assert.match(
    only({ repositories }),
    /deployUrl: expected a URL that begins with https:\/\/ or http:\/\/, got "test-app/,
  );
});

test("a time zone is given by its name, since an offset means two things", () => {
  assert.equal(read({ eventTimeZone: "Europe/Berlin" }).eventLog.partitions.timeZone, "Europe/Berlin");
  for (const zone of ["+02:00", "Mars/Olympus"])
    assert.match(only({ eventTimeZone: zone }), /^mesh-six:eventTimeZone: expected a time zone such as UTC/);
});

test("names the right setting for a misspelt one", () => {
  assert.match(
    only({ databaseHots: "x" }),
    /did you mean mesh-six:databaseHost\? pulumi config rm mesh-six:databaseHots/,
  );
  assert.match(
    only({ somethingElseAltogether: "x" }),
    /expected a setting that exists, got an unknown name; pulumi config rm/,
  );
});

test("names the right key for a misspelt one in a structure, with its path", () => {
  assert.match(
    only({ daprResiliency: JSON.stringify({ timeouts: { genral: "30s" } }) }),
    /^mesh-six:daprResiliency\.timeouts\.genral: .*did you mean general\? pulumi config rm --path 'mesh-six:daprResiliency\.timeouts\.genral'$/,
  );
  assert.match(
    only({ secrets: JSON.stringify({ "redis-secret": { sorce: "config" } }) }),
    /did you mean source\?/,
  );
});

test("setting one value of a structure keeps the others' defaults", () => {
  const { resiliency } = read({ daprResiliency: JSON.stringify({ timeouts: { general: "45s" } }) }).dapr;
  assert.deepEqual(resiliency.timeouts, { general: "45s", longRunning: "120s" });
  assert.equal(resiliency.pubsubRetry.maxRetries, 3);
});

test("names the right key for a misspelt one in a list", () => {
  assert.match(
    problems({ repositories: JSON.stringify([{ name: "a", board: { titel: "b" } }]) })[0]!,
    /^mesh-six:repositories\[0\]\.board\.titel: .*did you mean title\?/,
  );
});

test("hosts, paths, names and times that some part would choke on are refused", () => {
  for (const [values, expected] of [
    [{ databaseHost: "db.example:5432" }, /a host's name or address, without scheme and port/],
    [{ databaseHost: "postgres://db" }, /a host's name or address/],
    [{ ingressHost: "https://mesh.example" }, /a host's name, without scheme/],
    [{ ingressHost: "a`) || Host(`b" }, /a host's name, without scheme/],
    [{ ingressWebhookPath: "webhooks" }, /a path that begins with \//],
    [{ redisHost: "redis:65536" }, /a port up to 65535/],
    [{ databaseName: "n".repeat(64) }, /at most 63 bytes/],
    [{ databaseUser: "pg_mesh" }, /does not begin with pg_/],
    [{ eventUpkeepCron: "daily" }, /cron's five fields/],
    [{ eventUpkeepCron: "0 24 * * *" }, /cron's five fields/],
    [{ githubOrganization: "https://github.com/bto-labs" }, /an organization's name/],
    [{ githubBaseUrl: "https://github.com/bto-labs" }, /github\.com, https:\/\/HOST of an Enterprise Server/],
  ] as [Record<string, string>, RegExp][]) {
    assert.match(only(values), expected);
  }
  for (const host of ["db", "10.0.0.1", "fd00::1", "[fd00::1]", "db_1.example."]) {
    assert.equal(read({ databaseHost: host }).database.host, host);
  }
  for (const cron of ["*/15 0-6,22 1 JAN MON", "0 0 31 12 6"]) {
    assert.equal(read({ eventUpkeepCron: cron }).eventLog.upkeep?.cron, cron);
  }
});

test("the webhook's usual address has to lie below the path of its route", () => {
  assert.match(
    only({ ingressWebhookPath: "/hooks" }),
    /^mesh-six:githubWebhookUrl: .*below mesh-six:ingressWebhookPath \(\/hooks\)/,
  );
  const githubWebhookUrl = "https://mesh-six.bto.bar/hooks/github";
  assert.equal(read({ ingressWebhookPath: "/hooks", githubWebhookUrl }).github.webhook.url, githubWebhookUrl);
  assert.equal(read({ ingressWebhookPath: "/webhooks/github" }).ingress.webhookPath, "/webhooks/github");
});

test("a structure that is not one is refused with what it should be", () => {
  assert.match(
    only({ daprPubsub: "{durable: yes" }),
    /expected a structure \(YAML mapping or JSON object\), got "\{durable: yes"/,
  );
  assert.match(
    only({ daprActorScopes: "llm-service" }),
    /expected a list, got "llm-service"; pulumi config set --path 'mesh-six:daprActorScopes\[0\]' llm-service$/,
  );
});

test("without repositories and webhook no token is asked for", () => {
  const rest = {
    databaseAdminPassword: secrets["databaseAdminPassword"]!,
    secretValues: secrets["secretValues"]!,
  };
  const settings = read({ repositories: "[]", githubWebhook: "false" }, { secrets: rest });
  assert.deepEqual(settings.github.repositories, []);
});

test("a number is a quantity; where a text is wanted, the command says so", () => {
  // `pulumi config set --path … 2` stores a number.
  const resources = JSON.stringify({ limits: { cpu: 2 } });
  assert.equal(read({ dashboardResources: resources }).dashboard.resources.limits.cpu, "2");
  assert.match(
    only({ repositories: JSON.stringify([{ name: "app", tag: 1 }]) }),
    /expected a string, got 1; pulumi config set --path --type string 'mesh-six:repositories\[0\]\.tag' VALUE$/,
  );
});

test("a schedule is one that Kubernetes runs: words, ranges and steps that mean nothing are refused", () => {
  for (const cron of ["foo * * * *", "30-10 * * * *", "*/0 * * * *", "0 0 L * *", "0 0 * * 7"])
    assert.match(only({ eventUpkeepCron: cron }), /cron's five fields/, cron);
  for (const cron of ["2/3 * ? * mon-fri", "1-10/3 0 1,15 jan-mar *"])
    assert.equal(read({ eventUpkeepCron: cron }).eventLog.upkeep?.cron, cron);
});
