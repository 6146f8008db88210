// The main job, whole, by the client that is made of the contract for TypeScript: what an agent brings is looked at, sent back,
// mended, approved, handed out and put away. `tests/tests/clients.rs` runs it and knows what it has to say.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./assets";

type Schemas = components["schemas"];
type Asset = Schemas["Asset"];
type Problem = Schemas["Problem"];
type Answer<T> = { data?: T; error?: Problem };

const baseUrl = process.env.BASE!;
const holding = (key: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const agent = holding(process.env.AGENT!), person = holding(process.env.PERSON!);

/** What was answered, or the problem as an error. */
function good<T>({ data, error }: Answer<T>): T {
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data!;
}

/** The problem, where nothing else is expected. */
function refused({ error }: Answer<unknown>): Problem {
  if (!error) throw new Error("this should be refused");
  return error;
}

/** A form with the metadata first, so that the service can take the file as it comes. */
function form({ metadata, content }: { metadata: object; content: Blob }): FormData {
  const form = new FormData();
  form.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
  form.append("content", content, "hero.png");
  return form;
}

/** Every item of a list, page by page. */
async function* every<T>(page: (cursor?: string) => Promise<Answer<{ items: T[]; next_cursor: string | null }>>): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = good(await page(cursor));
    yield* items;
    cursor = next_cursor ?? undefined;
  } while (cursor);
}

/** What is seen, by version and bytes. */
const about = ({ latest_version: { number, content } }: Asset) => ({ version: number, digest: content.digest });
const sha256 = (bytes: ArrayBuffer) => `sha256:${createHash("sha256").update(Buffer.from(bytes)).digest("hex")}`;

// An agent brings a text and a picture.
const made: Schemas["NewProvenance"] = { agent_slug: "me", campaign_id: "story" };
let copy: Asset = good(await agent.POST("/api/v1/assets", {
  body: { type: "copy", title: "Hello", provenance: made, content: { text: "Spring, at long last!" } },
}));
const picture = await readFile(`${process.env.SAMPLES}/hero.png`);
const hero = good(await agent.POST("/api/v1/assets", {
  body: { metadata: { type: "image", title: "Hero", provenance: made }, content: new Blob([picture], { type: "image/png" }) as never },
  bodySerializer: form as never,
}));
console.log("brought", copy.status, hero.status, hero.latest_version.content.facts.width! > 0);

// It thinks again, and submits.
const path = { asset_id: copy.id };
good(await agent.POST("/api/v1/assets/{asset_id}/versions", { params: { path }, body: { content: { text: "Spring, at last!" } } }));
copy = good(await agent.POST("/api/v1/assets/{asset_id}/submit", { params: { path }, body: {} }));
console.log("submitted", copy.latest_version.number, copy.status);

// A person looks, and wants it otherwise.
const looked = good(await person.GET("/api/v1/assets/{asset_id}", { params: { path } }));
console.log("looked at", looked.versions.map((version) => version.number).join(" "));
good(await person.POST("/api/v1/assets/{asset_id}/request-changes", {
  params: { path },
  body: {
    ...about(looked), comment: "Shorter, please.",
    items: [
      { text: "Half as long.", anchor: { kind: "text", start: 6, end: 16, quote: ", at last!" } },
      { text: "A warmer word?", severity: "suggestion" },
    ],
  },
}));

// The agent reads why, and mends it.
const returned = good(await agent.GET("/api/v1/assets/{asset_id}", { params: { path } }));
const why = returned.decisions.findLast((decision) => decision.action === "request_changes")!;
console.log("sent back", returned.versions[0].status, why.comment);
const heldUp = refused(await agent.POST("/api/v1/assets/{asset_id}/submit", { params: { path }, body: {} }));
console.log("held up", heldUp.code, heldUp.open_items![0].text);
const wanted = async () => good(await agent.GET("/api/v1/assets/{asset_id}/change-requests", { params: { path } })).items[0].items;
const [shorter, warmer] = await wanted();
const answers = [{ item_id: shorter.id, text: "Seven letters." }];
good(await agent.POST("/api/v1/assets/{asset_id}/versions", { params: { path }, body: { note: why.comment, answers, content: { text: "Spring!" } } }));
const { answer } = (await wanted())[0];
console.log("answered", answer!.version, answer!.text);
const words = good(await agent.POST("/api/v1/assets/{asset_id}/comments", { params: { path }, body: { text: "Is it still too long?" } }));
console.log("said", words.text);
good(await person.POST("/api/v1/assets/{asset_id}/dismiss", { params: { path }, body: { item_ids: [warmer.id], comment: "Never mind." } }));
const dismissed = (await wanted())[1];
console.log(dismissed.state, dismissed.dismissal!.comment);
copy = good(await agent.POST("/api/v1/assets/{asset_id}/submit", { params: { path }, body: {} }));

// Only a person approves, and only what was seen.
const tried = refused(await agent.POST("/api/v1/assets/{asset_id}/approve", { params: { path }, body: about(copy) }));
console.log("tried", tried.code, tried.review_url?.endsWith(`/review/${copy.id}`));
const stale = refused(await person.POST("/api/v1/assets/{asset_id}/approve", { params: { path }, body: about(looked) }));
console.log("too late", stale.code, stale.current_version, stale.current_digest === about(copy).digest);
copy = good(await person.POST("/api/v1/assets/{asset_id}/approve", { params: { path }, body: { ...about(copy), comment: "Lovely." } }));
console.log("approved", copy.approved_version?.number, copy.status);

// Many decisions at once, each for itself.
good(await agent.POST("/api/v1/assets/{asset_id}/submit", { params: { path: { asset_id: hero.id } }, body: {} }));
const { results } = good(await person.POST("/api/v1/assets/decisions", { body: { decisions: [
  { asset_id: hero.id, action: "approve", ...about(hero) },
  { asset_id: copy.id, action: "approve", ...about(looked) },
] } }));
for (const result of results) console.log("decided", result.status, result.asset?.status ?? result.problem?.code);

// What can be published, page by page.
const approved = every((cursor) => person.GET("/api/v1/assets", {
  params: { query: { campaign_id: "story", type: ["copy", "image"], has_approved: true, limit: 1, cursor } },
}));
for await (const asset of approved) console.log("listed", asset.title, asset.type);

// A link shows it to whoever has no key.
const link = good(await person.GET("/api/v1/assets/{asset_id}/preview-url", { params: { path: { asset_id: hero.id } } }));
const shown = await (await fetch(link.url)).arrayBuffer();
console.log("shown", link.media_type, picture.equals(Buffer.from(shown)));

// A publisher with a key of its own takes what was approved, byte for byte.
const desk = good(await person.POST("/api/v1/admin/api-keys", { body: { name: "desk", kind: "service", scopes: ["assets:read:approved"] } }));
const publisher = holding(desk.key!);
console.log("key", good(await publisher.GET("/api/v1/whoami")).scopes.join(" "));
const content = good(await publisher.GET("/api/v1/assets/{asset_id}/approved/content", { params: { path }, parseAs: "arrayBuffer" }));
console.log("content", sha256(content) === about(copy).digest);
const release = good(await publisher.POST("/api/v1/assets/{asset_id}/release", { params: { path }, body: { channel: "linkedin" } }));
console.log("released", release.channel, release.digest === about(copy).digest);
for await (const handover of every((cursor) => person.GET("/api/v1/assets/{asset_id}/releases", { params: { path, query: { cursor } } }))) {
  console.log("handed to", handover.by.name, handover.kind);
}

// All of it as one archive, the same each time.
const exported = good(await publisher.POST("/api/v1/assets/exports", { body: { campaign_id: "story" } }));
const archive = { params: { path: { export_id: exported.id } }, parseAs: "arrayBuffer" } as const;
const parcel = Buffer.from(good(await publisher.GET("/api/v1/assets/exports/{export_id}/archive", archive)));
const again = Buffer.from(good(await publisher.GET("/api/v1/assets/exports/{export_id}/archive", archive)));
await writeFile("spring.zip", parcel);
console.log("exported", exported.count, parcel.length === exported.size_bytes, parcel.equals(again), parcel.includes(picture));

// Back to the first words, which nobody approved.
copy = good(await agent.POST("/api/v1/assets/{asset_id}/rollback", { params: { path }, body: { to_version: 1, reason: "The old one." } }));
console.log("rolled back", copy.latest_version.number, copy.latest_version.restored_from, copy.status, copy.approved_version?.number);

// What is put away is taken back from everybody, the archive included.
copy = good(await person.POST("/api/v1/assets/{asset_id}/archive", { params: { path }, body: { comment: "Over." } }));
console.log("archived", copy.status, copy.preview_url);
console.log("recalled", refused(await publisher.GET("/api/v1/assets/exports/{export_id}/archive", archive)).code);

good(await person.DELETE("/api/v1/admin/api-keys/{prefix}", { params: { path: { prefix: desk.prefix } } }));
console.log("revoked", refused(await publisher.GET("/api/v1/whoami")).code);
