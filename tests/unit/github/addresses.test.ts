import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { githubAddresses } from "../../../lib/github/addresses.ts";

const dotCom = ["https://api.github.com", "https://api.github.com/graphql", "https://github.com", undefined];
const residency = [
  "https://api.octo.ghe.com",
  "https://api.octo.ghe.com/graphql",
  "https://octo.ghe.com",
  "https://api.octo.ghe.com",
];
const server = (plugin: string) => [
  "https://git.example.com/api/v3",
  "https://git.example.com/api/graphql",
  "https://git.example.com",
  plugin,
];

const cases: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "": dotCom,
  "github.com": dotCom,
  "https://github.com": dotCom,
  "https://github.com/": dotCom,
  "https://www.github.com": dotCom,
  "https://api.github.com": dotCom,
  "https://api.github.com/graphql": dotCom,
  "https://octo.ghe.com": residency,
  "https://octo.ghe.com/": residency,
  "octo.ghe.com": residency,
  "https://api.octo.ghe.com": residency,
  "https://api.octo.ghe.com/": residency,
  "https://git.example.com": server("https://git.example.com"),
  "https://git.example.com/": server("https://git.example.com/"),
  "https://git.example.com/api/v3": server("https://git.example.com/"),
  "https://git.example.com/api/v3/": server("https://git.example.com/"),
  "https://git.example.com/api/graphql": server("https://git.example.com/"),
  "https://git.example.com//api/v3//": server("https://git.example.com/"),
  "https://Git.example.com/API/v3": server("https://git.example.com/"),
  "git.example.com": server("https://git.example.com/"),
  "http://127.0.0.1:4001": [
    "http://127.0.0.1:4001/api/v3",
    "http://127.0.0.1:4001/api/graphql",
    "http://127.0.0.1:4001",
    "http://127.0.0.1:4001",
  ],
};

describe("the addresses of GitHub", () => {
  for (const [given, expected] of Object.entries(cases)) {
    test(`for ${given || "nothing"}`, () => {
      const { api, graphql, web, plugin } = githubAddresses(given);
      assert.deepEqual([api, graphql, web, plugin], expected);
    });
  }

  for (const given of [
    "https://github.com/bto-labs",
    "https://octo.ghe.com/api/v3",
    "https://git.example.com/?a=b",
    "https://me:secret@git.example.com",
    "https://git.example.com/bto-labs",
    "https://git.example.com/api/uploads",
    "ssh://git@git.example.com",
    "not a host",
  ]) {
    test(`are refused in one line for ${given}`, () => {
      assert.throws(() => githubAddresses(given), /^Error: expected github\.com.*, got (?!.*secret@)/);
    });
  }
});
