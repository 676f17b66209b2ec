import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { marker } from "../../../operations/preview/githubComment.ts";
import { comment, commentLimit, escape } from "../../../operations/preview/markdown.ts";
import type { Change, Digest } from "../../../operations/preview/digest.ts";

const mark = marker("preview", "prod");

function change(more: Partial<Change>): Change {
  return {
    risk: "other",
    operation: "update",
    type: "a:b:C",
    name: "n",
    urn: "u",
    properties: [],
    notes: [],
    ...more,
  };
}

function digest(more: Partial<Digest>): Digest {
  return {
    stack: "prod",
    succeeded: true,
    counts: {},
    changes: [],
    sql: [],
    adoption: [],
    additions: [],
    remarks: [],
    ...more,
  };
}

describe("the comment", () => {
  test("begins with its marker, and says when nothing changes", () => {
    const text = comment(digest({}), mark, "Preview");
    assert.ok(text.startsWith(`${mark}\n### Preview\n`));
    assert.match(text, /No changes\./);
  });

  test("lists what others have added and keep, as it is", () => {
    const object = { apiVersion: "v1", kind: "Service", namespace: "mesh-six", name: "dashboard" };
    const path = "spec.ports[9090/TCP].name";
    const additions = [{ ...object, path, value: '"<b>"', manager: "kubectl-edit", access: false }];
    const text = comment(digest({ additions }), mark, "Drift");
    assert.match(text, /^#### Added by others, kept$/m);
    assert.ok(text.includes(escape(`Service mesh-six/dashboard: ${path} = "<b>" (kubectl-edit)`)), text);
    assert.ok(!text.includes("<b>"));
  });

  test("ranks by risk and shows what differs", () => {
    const text = comment(
      digest({
        changes: [
          change({ risk: "data", operation: "delete", name: "db", notes: ["deletes the database"] }),
          change({ name: "app", properties: [{ path: "replicas", kind: "update", from: "1", to: "2" }] }),
        ],
        sql: [
          {
            file: "005_a.sql",
            how: "1 statement",
            risk: "lock",
            sql: ["SELECT 1;"],
            locks: ["SHARE on t"],
            warnings: [],
          },
        ],
      }),
      mark,
      "Preview",
    );
    assert.match(text, /1 may lose data · 1 with locks · 1 other change/);
    const order = [
      "Data may be lost (1)",
      "Locks taken by pending SQL (1)",
      "```sql\nSELECT 1;\n```",
      "Other changes (1)",
    ];
    const places = order.map((part) => text.indexOf(part));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      text,
    );
    assert.ok(!places.includes(-1), text);
    assert.match(text, /<code>replicas<\/code>: <code>1<\/code> → <code>2<\/code>/);
  });

  const hostile = [
    "](https://evil.example) [click",
    "`code` ``` fence",
    "@everyone @octocat #1 GH-1",
    "<script>alert(1)</script><img src=x onerror=y>",
    "</code></details> | cell | cell",
    "**bold** _it_ ~~no~~ https://evil.example www.evil.example",
    "a\n\n# heading\n- list",
    "&lt;b&gt; \\` \u202etxt.exe \u0000 \u200b",
    mark,
  ];
  for (const text of hostile) {
    test(`shows ${JSON.stringify(text)} as text and nothing else`, () => {
      const body = comment(
        digest({
          changes: [
            change({
              name: text,
              notes: [text],
              properties: [{ path: text, kind: "update", from: text, to: text }],
            }),
          ],
          sql: [{ file: text, how: text, risk: "other", sql: [], locks: [text], warnings: [text] }],
          remarks: [{ severity: "error", resource: text, message: text }],
        }),
        mark,
        "Preview",
      ).slice(mark.length);
      // Only what the template itself holds is left of the characters that Markdown or HTML gives a meaning to.
      const own = body.replaceAll(
        /<\/?(code|details|summary)>|<br>|^\|.*\|$|^#+ |^- |```+(sql)?|&#\d+;|\*\*\w+\*\*|[()]/gm,
        "",
      );
      assert.doesNotMatch(own, /[<>[\]`@*_~|\\#]|:\/\/|www\./, own);
      assert.doesNotMatch(body, /[\u202a-\u202e\u200b]/);
      assert.ok(!body.includes("\0"));
      for (const line of body.split("\n").filter((each) => each.startsWith("|"))) {
        assert.equal([...line.matchAll(/\|/g)].length, 4, line);
      }
    });
  }

  test("lets no SQL end its block", () => {
    const sql = ["-- ```", "</details> @everyone", "````", "SELECT '`````';"];
    const body = comment(
      digest({ sql: [{ file: "a.sql", how: "", risk: "other", sql, locks: [], warnings: [] }] }),
      mark,
      "P",
    );
    const fences = body.split("\n").filter((line) => /^`{6}(sql)?$/.test(line));
    assert.deepEqual(fences, ["``````sql", "``````"]);
  });

  test("keeps within what GitHub takes, worst first, and counts what it left out", () => {
    const many = Array.from({ length: 3000 }, (_, i) => change({ name: `resource-${String(i)}`.repeat(5) }));
    const body = comment(digest({ changes: [change({ risk: "data", name: "first" }), ...many] }), mark, "P");
    assert.ok(body.length <= commentLimit, String(body.length));
    assert.ok(body.length > commentLimit - 2000, "fills what there is");
    assert.match(body, /<code>first<\/code>/);
    assert.match(body, /\d{4} more parts did not fit/);
  });

  test("cuts a huge file of SQL, and goes on", () => {
    const sql = Array.from({ length: 9000 }, () => "SELECT 1;");
    const file = { file: "a.sql", how: "", sql, locks: [], warnings: [] };
    const body = comment(
      digest({ sql: [{ ...file, risk: "lock" }], changes: [change({ name: "after" })] }),
      mark,
      "P",
    );
    assert.match(body, /the rest is in the file/);
    assert.match(body, /<code>after<\/code>/);
  });
});

test("letters of any language stay readable", () => {
  assert.equal(escape("größe 寸法 a-b"), "größe 寸法 a-b");
});
