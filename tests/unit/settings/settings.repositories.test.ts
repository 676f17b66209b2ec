import assert from "node:assert/strict";
import { test } from "node:test";
import { only, read } from "./settingsOf.ts";

test("a tag or branch that git does not take is refused before anything is made", () => {
  for (const tag of [
    "base line",
    "a..b",
    "v1.lock",
    "-x",
    "a/",
    "/a",
    ".a",
    "a@{b",
    "a\\b",
    "a~1",
    "@",
    "a.",
  ]) {
    const line = only({ repositories: JSON.stringify([{ name: "a", tag }]) });
    assert.match(line, /^mesh-six:repositories\[0\]\.tag: expected a name git takes/, tag);
  }
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a", defaultBranch: "release:1" }]) }),
    /^mesh-six:repositories\[0\]\.defaultBranch: expected a name git takes/,
  );
  const taken = JSON.stringify([{ name: "a", tag: "seed/v1.0-größe", defaultBranch: "feature/x" }]);
  assert.equal(read({ repositories: taken }).github.repositories[0]?.tag, "seed/v1.0-größe");
});

test("a repository twice, or a receiver's board that is none of them, is refused", () => {
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a" }, { name: "a" }]) }),
    /each name once, got a twice/,
  );
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a" }, { name: "A" }]) }),
    /each name once, got a twice/,
  );
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a" }, { name: "b", serviceName: "a" }]) }),
    /each serviceName once, got a twice/,
  );
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a" }, { name: "b", board: { title: "a Workflow" } }]) }),
    /each board's title once, got "a Workflow" twice; give one of them another title/,
  );
  assert.match(only({ receiverBoard: "other" }), /expected one of gwa-test-app, got other/);
});
