import { expect, test } from "@playwright/test";

const example = { title: "Bun", url: "https://bun.sh", description: "A JavaScript runtime" };

test("the app is healthy and ready", async ({ request }) => {
  const health = await request.get("/healthz");
  expect(health.status()).toBe(200);
  expect(await health.json()).toEqual({ status: "ok", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect((await request.get("/readyz")).status()).toBe(200);
});

test("a bookmark is made, read, changed, listed and deleted", async ({ request }) => {
  const made = await request.post("/bookmarks", { data: example });
  expect(made.status()).toBe(201);
  const { id } = await made.json();
  expect(id).toBeGreaterThan(0);

  expect(await (await request.get(`/bookmarks/${id}`)).json()).toMatchObject(example);

  const changed = await request.put(`/bookmarks/${id}`, { data: { ...example, title: "Bun 1" } });
  expect(changed.status()).toBe(200);
  expect(await changed.json()).toMatchObject({ id, title: "Bun 1" });

  const list = await (await request.get("/bookmarks")).json();
  expect(list.map((bookmark: { id: number }) => bookmark.id)).toContain(id);

  expect((await request.delete(`/bookmarks/${id}`)).status()).toBe(204);
  expect((await request.get(`/bookmarks/${id}`)).status()).toBe(404);
});

test("what is not there or not valid is refused", async ({ request }) => {
  expect((await request.get("/bookmarks/999999")).status()).toBe(404);
  expect((await request.put("/bookmarks/999999", { data: example })).status()).toBe(404);
  expect((await request.delete("/bookmarks/nonsense")).status()).toBe(404);
  expect((await request.post("/bookmarks", { data: { title: "no address" } })).status()).toBe(400);
});
