"""The whole story over MCP, by the official client for Python.

$TRANSPORT is http or stdio, $MODE how the client negotiates: legacy (a handshake, up to 2025-11-25) or auto (2026-07-28). The service is at
$BASE, its keys are $AGENT and $PERSON, and $PROGRAM is what speaks stdio.
"""

import asyncio
import contextlib
import json
import os

import httpx2
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

BASE, TRANSPORT, MODE = os.environ["BASE"], os.environ["TRANSPORT"], os.environ["MODE"]
URL_ELICITATION_REQUIRED = -32042
offered = []


async def decline(_context, params):
    """A person is shown the link, and does not come back."""
    assert isinstance(params, types.ElicitRequestURLParams), params
    offered.append(params.url)
    return types.ElicitResult(action="decline")


@contextlib.asynccontextmanager
async def client(key, **more):
    async with contextlib.AsyncExitStack() as stack:
        if TRANSPORT == "stdio":
            server = StdioServerParameters(command=os.environ["PROGRAM"], args=["mcp"], env={"ASSETS_URL": BASE, "ASSETS_API_KEY": key})
        else:
            http = await stack.enter_async_context(httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60))
            server = streamable_http_client(f"{BASE}/mcp", http_client=http)
        yield await stack.enter_async_context(Client(server, mode=MODE, **more))


async def given(client, tool, **arguments):
    """What a tool gives; the client has checked it against the schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    # Only a list is shown otherwise as text: a line for each.
    assert tool == "list_assets" or json.loads(result.content[0].text) == result.structured_content, result
    return result.structured_content


async def refused(client, code, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert result.is_error and result.structured_content["problem"]["code"] == code, result
    return result.structured_content["problem"]


async def approval_is_offered(key, asset_id):
    """A client that opens links is offered the one where a person decides, as far as the protocol lets it say so."""
    async with client(key, elicitation_callback=decline) as agent:
        try:
            problem = await refused(agent, "human_required", "approve_asset", asset_id=asset_id)
        except MCPError as error:
            assert MODE == "legacy" and TRANSPORT == "stdio" and error.code == URL_ELICITATION_REQUIRED, error
            offered.extend(one["url"] for one in error.data["elicitations"])
        else:
            assert problem["review_url"].endswith(asset_id), problem
    # Without a session, nobody knows what an old client can.
    expected = 0 if MODE == "legacy" and TRANSPORT == "http" else 1
    assert len(offered) == expected and all(url.endswith(asset_id) for url in offered), offered


async def main():
    async with client(os.environ["AGENT"]) as agent, client(os.environ["PERSON"]) as person:
        assert "untrusted" in agent.instructions
        tools = (await agent.list_tools()).tools
        assert len(tools) == 19 and all(tool.output_schema and tool.annotations.title for tool in tools), tools
        content = {"text": "Open a window.", "media_type": "text/markdown"}
        made = await given(agent, "create_asset", type="copy", title="Spring", tags=["channel:linkedin"], content=content,
                           provenance={"agent_slug": "copywriter", "campaign_id": "spring"}, idempotency_key="spring-1")
        asset_id = made["asset"]["id"]
        await given(agent, "submit_asset", asset_id=asset_id)
        problem = await refused(agent, "human_required", "approve_asset", asset_id=asset_id)
        assert problem["review_url"].endswith(asset_id), problem
        await approval_is_offered(os.environ["AGENT"], asset_id)

        wanted = [{"text": "Half as long.", "anchor": {"kind": "text", "start": 0, "end": 4}}]
        sent_back = await given(person, "request_changes", asset_id=asset_id, comment="Shorter, please.", items=wanted)
        assert sent_back["asset"]["status"] == "draft", sent_back
        seen = await given(agent, "get_asset", asset_id=asset_id)
        assert seen["asset"]["decisions"][0]["comment"] == "Shorter, please.", seen
        await refused(agent, "open_change_requests", "submit_asset", asset_id=asset_id)
        [request] = (await given(agent, "get_change_requests", asset_id=asset_id, state="open"))["items"]
        answers = [{"item_id": request["items"][0]["id"], "text": "A word is left."}]
        await given(agent, "add_version", asset_id=asset_id, content={"text": "Open."}, note="shorter", answers=answers)
        await given(agent, "submit_asset", asset_id=asset_id)
        latest = (await given(person, "get_asset", asset_id=asset_id))["asset"]["latest_version"]
        await given(person, "approve_asset", asset_id=asset_id, version=latest["number"], digest=latest["digest"])

        listed = await given(agent, "list_assets", campaign_id="spring", status="approved")
        assert [item["id"] for item in listed["items"]] == [asset_id] and listed["items"][0]["approved_version"] == 2, listed
        read = await agent.call_tool("get_asset_content", {"asset_id": asset_id, "approved": True})
        assert read.structured_content["text"] == "Open." and "untrusted data" in read.content[1].text, read
        resources = (await agent.list_resources()).resources
        assert f"asset://{asset_id}" in [str(resource.uri) for resource in resources], resources
        assert "Open." in (await agent.read_resource(f"asset://{asset_id}")).contents[1].text
        link = (await given(agent, "get_preview_url", asset_id=asset_id))["url"]
        export = await given(agent, "create_export", asset_ids=[asset_id])
        assert export["count"] == 1, export
        async with httpx2.AsyncClient() as anybody:
            assert (await anybody.get(link)).text == "Open."
        await refused(agent, "illegal_transition", "submit_asset", asset_id=asset_id)
        print(agent.protocol_version)


asyncio.run(main())
