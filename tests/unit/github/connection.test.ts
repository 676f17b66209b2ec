import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Connection, listAll, listed } from "../../../lib/github/paging.ts";

describe("a connection of GitHub's", () => {
  const pages: readonly (readonly [string, Connection<string> | null | undefined, string[], number])[] = [
    ["without nulls hides nothing", { nodes: ["a", "b"] }, ["a", "b"], 0],
    ["with nulls hides as many", { nodes: [null, "a", null] }, ["a"], 2],
    ["hides nothing when it is empty", { nodes: [] }, [], 0],
    ["without nodes hides one at least", { nodes: null }, [], 1],
    ["hides one at least when it is missing", undefined, [], 1],
    ["hides one at least when it is null", null, [], 1],
  ];
  for (const [what, page, nodes, hidden] of pages) {
    test(what, () => assert.deepEqual(listed(page), { nodes, hidden }));
  }

  test("is read to its last page, with what each page hides", async () => {
    const asked: (string | null)[] = [];
    const all = await listAll((after) => {
      asked.push(after);
      const hasNextPage = after === null;
      return Promise.resolve({
        nodes: [after ?? "first", null],
        pageInfo: { hasNextPage, endCursor: "next" },
      });
    });
    assert.deepEqual(asked, [null, "next"]);
    assert.deepEqual(all, { nodes: ["first", "next"], hidden: 2 });
  });

  test("hides the next page when there is no cursor for it", async () => {
    const page = { nodes: ["a"], pageInfo: { hasNextPage: true, endCursor: null } };
    assert.deepEqual(await listAll(() => Promise.resolve(page)), { nodes: ["a"], hidden: 1 });
  });
});
