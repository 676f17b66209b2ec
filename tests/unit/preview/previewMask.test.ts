import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Mask, secretsOfState } from "../../../operations/preview/mask.ts";
import { signature } from "../../../lib/pulumi/sentinels.ts";

describe("the mask", () => {
  test("hides a secret in every form, and the longer of two that overlap whole", () => {
    const mask = new Mask(["canary-4711", "canary-4711-and-more", 'it\'s "quoted"']);
    const forms = [
      "canary-4711",
      Buffer.from("canary-4711").toString("base64"),
      "canary-4711-and-more",
      JSON.stringify({ a: 'it\'s "quoted"' }),
      encodeURIComponent('it\'s "quoted"'),
    ];
    const hidden = mask.document({ [forms[0] ?? ""]: forms, n: 1, none: null });
    assert.doesNotMatch(JSON.stringify(hidden), /4711|and-more|quoted/);
    assert.equal(hidden.n, 1);
  });

  test("hides a secret within an address, a statement, a command and other text that is encoded", () => {
    const secret = "ca'na+ry&47:11/@é";
    const mask = new Mask([secret]);
    const address = new URL("amqp://host");
    [address.username, address.password] = ["me", secret];
    const shown = [
      address.href,
      `amqp://me:${encodeURIComponent(secret).replaceAll("'", "%27").toLowerCase()}@host`,
      `CREATE ROLE me PASSWORD '${secret.replaceAll("'", "''")}'`,
      `psql -c '${secret.replaceAll("'", "'\\''")}'`,
      JSON.stringify({ deep: JSON.stringify({ secret }) }),
    ];
    for (const text of shown) assert.match(mask.text(text), /^[^1]*\[secret\][^1]*$/, text);
    for (const user of ["", "m", "me", "you", "them"]) {
      for (const after of ["", "\n", "@host"]) {
        for (const form of ["base64", "base64url"] as const) {
          const text = Buffer.from(`${user}:${secret}${after}`).toString(form);
          const left = mask.text(text).replace("[secret]", "");
          // The rest are the neighbours.
          assert.ok(text.length - left.length >= Buffer.from(secret).toString("base64url").length - 3, text);
        }
      }
    }
  });

  test("hides each line of a secret that has several, and the password of an address by itself", () => {
    const key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA1\n-----END KEY-----\n";
    const mask = new Mask([key, "postgresql://me:p%40ss-word@host/db"]);
    assert.equal(mask.text("  MIIEpAIBAAKCAQEA1"), "  [secret]");
    assert.equal(mask.text("ALTER ROLE me PASSWORD 'p@ss-word'"), "ALTER ROLE me PASSWORD '[secret]'");
    assert.equal(mask.text("-----END KEY-----"), "-----END KEY-----");
    assert.equal(mask.text(`got ${key.replaceAll("\n", " ")}`), "got [secret]");
  });

  test("hides what a Secret in the state holds encoded, also in plain", () => {
    const data = { password: Buffer.from("canary-4711-canary").toString("base64") };
    const state = { [signature]: "1b47", plaintext: JSON.stringify(data) };
    assert.equal(new Mask(secretsOfState([state])).text("say canary-4711-canary!"), "say [secret]!");
  });

  test("leaves ordinary words alone, though they are secret somewhere", () => {
    const state = (plaintext: unknown) => ({
      resources: [
        {
          inputs: { a: { [signature]: "1b47", plaintext: JSON.stringify(plaintext) } },
        },
      ],
    });
    assert.deepEqual(secretsOfState(state({ username: "mesh_six", password: "k3Jd82hhs9dkeLq0" })), [
      "k3Jd82hhs9dkeLq0",
    ]);
    assert.equal(new Mask(["abc"]).text("abcdef"), "abcdef");
  });
});
