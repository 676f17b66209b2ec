import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type OnlyWayOut, onlyWayOut } from "../../support/github/onlyWayOut.ts";
import { execute } from "../../support/engine/sandbox.ts";
import { type TestGitHub, testGitHub } from "../../support/github/testGitHub.ts";

/** Asks by REST and by GraphQL, and says what came of it. */
const asking = `
  import { GitHub } from "./lib/github/client.ts";
  const [baseUrl, token] = [process.env.ASKED, process.env.TOKEN];
  const github = new GitHub({ baseUrl, token });
  try {
    const { viewer } = await github.query("query Who { viewer { login } }");
    const { login } = await github.rest("GET /orgs/{org}", { org: "bto-labs" });
    console.log("got", viewer.login, login);
  } catch (error) {
    console.log(error.message);
  }
  process.exit();
`;

/** Asks a service as the smoke tests do where services have addresses. */
const smoking = `
  import { Services } from "./tests/live/services.ts";
  const services = new Services(undefined, process.env.ASKED, new AbortController().signal);
  const answer = await services.ask("orchestrator", { path: "/api/v3/orgs/bto-labs" });
  console.log(answer.status);
  process.exit();
`;

describe("GitHub behind a proxy that is the only way out, with a certificate of a private authority", () => {
  let github: TestGitHub;
  let way: OnlyWayOut;
  before(async () => {
    github = await testGitHub();
    way = await onlyWayOut(github.url);
  });
  after(async () => {
    await way.close();
    await github.close();
  });

  /** The output of a process that has nothing but these variables to find its way. */
  async function asked(environment: Readonly<Record<string, string>>, script = asking): Promise<string> {
    const clean = Object.entries(process.env).filter(
      ([name]) => !/_proxy$|^NODE_|^SSL_CERT|_CERTS?$/i.test(name),
    );
    const { stdout, stderr } = await execute(process.execPath, ["--input-type=module", "--eval", script], {
      ...Object.fromEntries(clean),
      ASKED: way.url,
      TOKEN: github.token,
      ...environment,
    });
    return `${stdout}${stderr}`.replaceAll(/\(node:.*\n|\(Use `node.*\n/g, "").trim();
  }

  test("is reached where the proxy is named and the system knows the authority", async () => {
    const environment = { HTTPS_PROXY: way.proxy, SSL_CERT_FILE: way.authority };
    assert.equal(await asked(environment), "got robot bto-labs");
    const lower = { https_proxy: way.proxy, SSL_CERT_FILE: way.authority };
    assert.equal(await asked(lower), "got robot bto-labs");
  });

  test("is reached with the authority in NODE_EXTRA_CA_CERTS as well", async () => {
    const environment = { HTTPS_PROXY: way.proxy, NODE_EXTRA_CA_CERTS: way.authority };
    assert.equal(await asked(environment), "got robot bto-labs");
  });

  test("is on the way that the smoke tests take to services that have addresses", async () => {
    const environment = { HTTPS_PROXY: way.proxy, SSL_CERT_FILE: way.authority };
    assert.equal(await asked(environment, smoking), "200");
  });

  test("is missed in one line that names SSL_CERT_FILE, at once, where nobody knows the authority", async () => {
    const said = await asked({ HTTPS_PROXY: way.proxy });
    assert.match(said, /^Who: expected an answer from GitHub, got none: its certificate is of an authority/);
    assert.match(said, /SSL_CERT_FILE[^\n]*$/);
  });

  test("is missed in one line that names HTTPS_PROXY where the proxy refuses", async () => {
    way.refuse(407);
    const said = await asked({ HTTPS_PROXY: way.proxy, SSL_CERT_FILE: way.authority });
    way.refuse(undefined);
    assert.match(
      said,
      /the proxy of HTTPS_PROXY answered 407; put user and password into HTTPS_PROXY[^\n]*$/,
    );
  });

  for (const [what, named, says] of [
    [
      "is of a kind that nobody here speaks",
      "socks5://robot:s3cret@127.0.0.1:1080",
      /got none: HTTPS_PROXY: expected http:/,
    ],
    [
      "has a password that cannot be decoded",
      "http://robot:s3cret%@127.0.0.1:9",
      /got none: HTTPS_PROXY: expected user/,
    ],
  ] as const) {
    test(`is missed at once in one line that names HTTPS_PROXY where the proxy ${what}`, async () => {
      const said = await asked({ HTTPS_PROXY: named, SSL_CERT_FILE: way.authority });
      assert.match(said, says);
      assert.doesNotMatch(said, /s3cret|gave up|\n/);
    });
  }

  test("is missed in one line that names HTTPS_PROXY where the proxy does not answer", async () => {
    const said = await asked({
      HTTPS_PROXY: "http://robot:s3cret@127.0.0.1:9",
      SSL_CERT_FILE: way.authority,
    });
    assert.match(said, /\(the proxy of HTTPS_PROXY does not answer: connect ECONNREFUSED 127\.0\.0\.1:9\)/);
    assert.doesNotMatch(said, /s3cret|\n/);
  });
});
