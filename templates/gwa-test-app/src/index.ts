import { Database } from "bun:sqlite";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { version } from "../package.json";

interface Bookmark {
  id: number;
  title: string;
  url: string;
  description: string;
  created_at: string;
  updated_at: string;
}

type Draft = Pick<Bookmark, "title" | "url" | "description">;

const database = new Database(process.env.DB_PATH ?? "bookmarks.db", { create: true });
database.exec("PRAGMA journal_mode = WAL");
database.exec(`
  CREATE TABLE IF NOT EXISTS bookmarks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    title       TEXT NOT NULL,
    url         TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
  )
`);

const all = database.query<Bookmark, []>("SELECT * FROM bookmarks ORDER BY id");
const one = database.query<Bookmark, [number]>("SELECT * FROM bookmarks WHERE id = ?");
const insert = database.query<Bookmark, [string, string, string]>(
  "INSERT INTO bookmarks (title, url, description) VALUES (?, ?, ?) RETURNING *",
);
const change = database.query<Bookmark, [string, string, string, number]>(
  `UPDATE bookmarks SET title = ?, url = ?, description = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
   WHERE id = ? RETURNING *`,
);
const remove = database.query<{ id: number }, [number]>("DELETE FROM bookmarks WHERE id = ? RETURNING id");

function refuse(status: 400 | 404, error: string): never {
  throw new HTTPException(status, { message: error });
}

/** The body of a POST or PUT: title and an http(s) url are required, description is optional. */
async function draft(request: Request): Promise<Draft> {
  const body: unknown = await request.json().catch(() => refuse(400, "the body is not JSON"));
  if (typeof body !== "object" || body === null) refuse(400, "the body is not a JSON object");
  const { title, url, description = "" } = body as Record<string, unknown>;
  if (typeof title !== "string" || title.trim() === "") refuse(400, "title is required");
  if (typeof url !== "string" || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    refuse(400, "url is required and must be an http or https address");
  }
  if (typeof description !== "string") refuse(400, "description must be a text");
  return { title, url, description };
}

function idOf(text: string): number {
  const id = Number(text);
  return Number.isSafeInteger(id) && id > 0 ? id : refuse(404, "no such bookmark");
}

export const app = new Hono();

app.get("/healthz", (c) => c.json({ status: "ok", version }));

app.get("/readyz", (c) => {
  database.query("SELECT 1").get();
  return c.json({ status: "ready" });
});

app.get("/bookmarks", (c) => c.json(all.all()));

app.post("/bookmarks", async (c) => {
  const { title, url, description } = await draft(c.req.raw);
  return c.json(insert.get(title, url, description), 201);
});

app.get("/bookmarks/:id", (c) => c.json(one.get(idOf(c.req.param("id"))) ?? refuse(404, "no such bookmark")));

app.put("/bookmarks/:id", async (c) => {
  const id = idOf(c.req.param("id"));
  const { title, url, description } = await draft(c.req.raw);
  return c.json(change.get(title, url, description, id) ?? refuse(404, "no such bookmark"));
});

app.delete("/bookmarks/:id", (c) => {
  if (!remove.get(idOf(c.req.param("id")))) refuse(404, "no such bookmark");
  return c.body(null, 204);
});

app.notFound((c) => c.json({ error: "not found" }, 404));

app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  console.error(error);
  return c.json({ error: "internal error" }, 500);
});

export default { port: Number(process.env.PORT ?? 3000), fetch: app.fetch };
