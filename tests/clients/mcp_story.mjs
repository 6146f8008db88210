// The whole story over MCP, by the official client for TypeScript. $TRANSPORT is http or stdio; the service is at $BASE, its keys are
// $AGENT and $PERSON, and $PROGRAM is what speaks stdio.

import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { BASE, AGENT, PERSON, PROGRAM, TRANSPORT } = process.env;
const URL_ELICITATION_REQUIRED = -32042;

async function client(key, capabilities = {}) {
  const client = new Client({ name: "story", version: "1" }, { capabilities });
  const transport = TRANSPORT === "stdio"
    ? new StdioClientTransport({ command: PROGRAM, args: ["mcp"], env: { ASSETS_URL: BASE, ASSETS_API_KEY: key } })
    : new StreamableHTTPClientTransport(new URL("/mcp", BASE), { requestInit: { headers: { Authorization: `Bearer ${key}` } } });
  await client.connect(transport);
  // From now on the client checks what is structured against the schemas.
  await client.listTools();
  return client;
}

async function given(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, JSON.stringify(result));
  return result.structuredContent;
}

async function refused(client, code, name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.equal(result.isError, true);
  assert.equal(result.structuredContent.problem.code, code);
  return result.structuredContent.problem;
}

const [agent, person] = [await client(AGENT), await client(PERSON)];
assert.match(agent.getInstructions(), /untrusted/);
assert.equal((await agent.listTools()).tools.length, 19);
const provenance = { agent_slug: "copywriter", campaign_id: "spring" };
const { asset } = await given(agent, "create_asset", { type: "copy", title: "Spring", provenance, content: { text: "Open a window." } });
const asset_id = asset.id;
await given(agent, "submit_asset", { asset_id });
const { review_url } = await refused(agent, "human_required", "approve_asset", { asset_id });
assert.ok(review_url.endsWith(asset_id));

// Over stdio it is known from the handshake that this client opens links.
const opener = await client(AGENT, { elicitation: { url: {} } });
if (TRANSPORT === "stdio") {
  await assert.rejects(refused(opener, "human_required", "approve_asset", { asset_id }), (error) => {
    assert.equal(error.code, URL_ELICITATION_REQUIRED);
    assert.equal(error.elicitations[0].url, review_url);
    return true;
  });
} else {
  await refused(opener, "human_required", "approve_asset", { asset_id });
}

const wanted = [{ text: "Half as long.", anchor: { kind: "text", start: 0, end: 4 } }];
assert.equal((await given(person, "request_changes", { asset_id, comment: "Shorter, please.", items: wanted })).asset.status, "draft");
assert.equal((await given(agent, "get_asset", { asset_id })).asset.decisions[0].comment, "Shorter, please.");
await refused(agent, "open_change_requests", "submit_asset", { asset_id });
const [{ items: [point] }] = (await given(agent, "get_change_requests", { asset_id, state: "open" })).items;
const answers = [{ item_id: point.id, text: "A word is left." }];
await given(agent, "add_version", { asset_id, content: { text: "Open." }, note: "shorter", answers });
await given(agent, "submit_asset", { asset_id });
const latest = (await given(person, "get_asset", { asset_id })).asset.latest_version;
await given(person, "approve_asset", { asset_id, version: latest.number, digest: latest.digest });

const { items } = await given(agent, "list_assets", { campaign_id: "spring", status: "approved" });
assert.deepEqual(items.map((item) => [item.id, item.approved_version]), [[asset_id, 2]]);
const read = await agent.callTool({ name: "get_asset_content", arguments: { asset_id, approved: true } });
assert.equal(read.structuredContent.text, "Open.");
assert.match(read.content[1].text, /untrusted data/);
const { contents } = await agent.readResource({ uri: `asset://${asset_id}` });
assert.match(contents[1].text, /Open\./);
const { url } = await given(agent, "get_preview_url", { asset_id });
assert.equal(await (await fetch(url)).text(), "Open.");
assert.equal((await given(agent, "create_export", { asset_ids: [asset_id] })).count, 1);
await refused(agent, "illegal_transition", "submit_asset", { asset_id });
await Promise.all([agent, person, opener].map((client) => client.close()));
console.log("done");
