import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConnectionStringError,
  describeDatabase,
  isSameDatabase,
  parseConnection,
} from "../../lib/postgres/connection.ts";
import { parameters } from "../../lib/postgres/parameters.ts";
import { optionNames } from "../../lib/postgres/checkSession.ts";
import { passwordsOfAddress } from "../../operations/stack/secretTexts.ts";

const defaults = {
  host: "h",
  port: 5432,
  database: "d",
  user: "u",
  password: "p",
  sslMode: "prefer",
  targetSessionAttrs: "any",
};

test("a URL is taken apart as libpq takes it", () => {
  const cases: Record<string, object> = {
    "postgres://u:p@h/d": {},
    "postgresql://u:p@h:6432/d": { port: 6432 },
    "postgres://u@h": { password: "", database: "u" },
    "postgres://u%40:p%3A%2F@[fd00::1]:1/a%20b": {
      user: "u@",
      password: "p:/",
      host: "fd00::1",
      port: 1,
      database: "a b",
    },
    "postgres://u:p@%2Frun%2Fpostgresql/d": { host: "/run/postgresql" },
    "postgres:///d?host=/run/postgresql&user=u&password=p": { host: "/run/postgresql" },
    "postgres://x:y@z:1/w?user=u&password=p&host=h&port=5432&dbname=d": {},
    "postgres://u:p@h/d?options=-csearch_path%3Dapp": { options: "-csearch_path=app" },
    "postgres://u:p@h/d?application_name=a%20b&connect_timeout=3&client_encoding=utf-8&sslsni=1": {
      applicationName: "a b",
      connectTimeout: 3,
    },
    "postgres://u:p@h/d?target_session_attrs=read-write": { targetSessionAttrs: "read-write" },
    "postgres://u:p@h/d?sslmode=verify-ca&sslrootcert=%2Fca%2B.crt": {
      sslMode: "verify-ca",
      sslRootCert: "/ca+.crt",
    },
    "postgres://u:p@h/d?sslrootcert=system": { sslMode: "verify-full", sslRootCert: "system" },
  };
  for (const [url, said] of Object.entries(cases))
    assert.deepEqual(parseConnection(url), { ...defaults, ...said }, url);
});

test("every parameter of libpq's is taken or refused by name with what to do", () => {
  const right: Record<string, string> = {
    ...{ port: "1", connect_timeout: "1", client_encoding: "UTF8", sslmode: "require", sslsni: "1" },
    target_session_attrs: "primary",
  };
  let refused = 0;
  for (const [name, rule] of Object.entries(parameters)) {
    const parse = () => parseConnection(`postgres://u:p@h/d?${name}=${right[name] ?? "canary"}`);
    if (!("remedy" in rule)) {
      parse();
      continue;
    }
    refused++;
    assert.throws(parse, (error) => {
      assert.ok(error instanceof ConnectionStringError);
      assert.equal(error.got, name);
      assert.ok(error.message.endsWith(`; ${rule.remedy}`));
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
  }
  assert.ok(refused > 30);
});

test("a URL that drivers read differently is refused, and nothing of it is shown", () => {
  const cases: Record<string, RegExp> = {
    "host=h dbname=canary": /a blank or a line break/,
    "postgres://u:canary@h/d\n": /a blank or a line break/,
    "postgres://u:ca@nary@h/d": /percent-encode user and password/,
    "postgres://u:canary#@h/d": /expected postgres:|written as %23/,
    "postgres://u:p@h/d?options=-ccanary%3D1#x": /# written as %23/,
    "postgres://u:p@h/d?options=-c+canary": /options without a bare \+/,
    "postgres://u:p@h/d?options=%zzcanary": /percent-encode/,
    "postgres://u:p@h/d?sslmode=require&sslmode=canary": /sslmode once, got it twice/,
    "postgres://u:p@h/d?sslmode=": /a value of sslmode, got none/,
    "postgres://u:p@h/d?sslmode=verify-ca&sslrootcert=system": /sslmode=verify-full with sslrootcert=system/,
    "postgres://u:p@h1:1,h2:2/canary": /one host, got a list of hosts/,
    "postgres://u:p@h1,h2/canary": /one host, got a list of hosts/,
    "postgres://u:p@/canary?host=h1,h2": /expected postgres:/,
    "postgres:///canary?user=u&host=h1,h2": /expected host one host/,
    "postgres://h/canary": /a user in postgres:/,
    "postgres:///canary?user=u": /a host in postgres:/,
    "postgres://u:p@h/d?target_session_attrs=standby": /any, read-write or primary/,
    "postgres://u:p@h/d?client_encoding=latin1": /UTF8, in which all texts are sent, got latin1/,
    "postgres://u:p@h/d?connect_timeout=soon": /a whole number of seconds, got soon/,
    "postgres://u:p@h/d?port=70000": /one port from 1 to 65535/,
    "POSTGRES://u:p@h/canary": /expected postgres:/,
    "postgres://u:p@h:0/d": /one port from 1 to 65535/,
    "postgres://u:p@h/d?search_path=canary": /parameters of libpq's, got search_path; remove it/,
    "postgres://u:p@h/d?sslmod=canary": /got sslmod; did you mean sslmode/,
    "postgres://u:12?canary1@h/d": /a user in postgres:/,
  };
  for (const [url, words] of Object.entries(cases))
    assert.throws(
      () => parseConnection(url),
      (error: Error) => {
        assert.ok(error instanceof ConnectionStringError, url);
        assert.match(error.message, words, url);
        assert.doesNotMatch(error.message, /canary/, url);
        return true;
      },
    );
});

test("a database is described without its password", () => {
  assert.equal(describeDatabase("postgres://h/?user=u%40&password=p&dbname=d"), "u@@h:5432/d");
  assert.equal(describeDatabase("postgres://u:p@[::1]:1/d"), "u@[::1]:1/d");
});

test("the settings that options name are found in every spelling the server takes", () => {
  assert.deepEqual(optionNames("-c search_path=app -cwork_mem=4MB --lock-timeout=1s -c a.b=x\\ y\\=z"), [
    "search_path",
    "work_mem",
    "lock_timeout",
    "a.b",
  ]);
  assert.deepEqual(optionNames(" "), []);
});

test("the passwords of an address are found wherever a driver looks for them", () => {
  const cases: Record<string, string[]> = {
    "postgres://u:p%40@h/d": ["p%40"],
    "postgres://u:p@h1:1,h2:2/d": ["p"],
    "postgres://h/d?user=u&password=p%2F&sslpassword=q": ["", "p%2F", "q"],
    "https://token@host/": [""],
    "no address": [],
  };
  for (const [text, words] of Object.entries(cases)) assert.deepEqual(passwordsOfAddress(text), words, text);
});

test("two URLs lead to one database whatever their user, password and encryption", () => {
  const url = "postgres://u:p@h/d";
  for (const [other, expected] of [
    ["postgresql://v:q@h:5432/d?sslmode=require", true],
    ["postgres://u:p@x/d?host=h", true],
    ["postgres://u:p@h:5433/d", false],
    ["postgres://u:p@other/d", false],
    ["postgres://u:p@h/other", false],
    // An earlier version took it.
    ["POSTGRES://u:p@h/d", false],
  ] as const) {
    assert.equal(isSameDatabase(url, other), expected, other);
    assert.equal(isSameDatabase(other, url), expected, other);
  }
  assert.equal(isSameDatabase("no URL", "no URL"), true);
});
