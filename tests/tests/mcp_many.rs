//! A hundred agents of two tenants at once, each of which knows what belongs to it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use assets_tests::{App, Caller, Value, json};

const CLIENTS: usize = 100;
const CALLS: usize = 100;

/// What one client knows: the titles and texts of what it made, by id.
struct Ledger {
    mark: String,
    caller: Caller,
    made: BTreeMap<String, (String, String)>,
    calls: usize,
}

impl Ledger {
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.calls += 1;
        // The id of a message is the client's own, and so must be that of the answer.
        let id = format!("{}-{}", self.mark, self.calls);
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        let reply = self.caller.mcp("tools/call", json!({})).json(message).await;
        assert_eq!(reply.json()["id"], id.as_str());
        reply.given()
    }

    async fn work(mut self, other_mark: &str) -> usize {
        for turn in 0.. {
            if self.calls >= CALLS {
                break;
            }
            match turn % 6 {
                0 => self.create(turn).await,
                1 | 4 => self.look().await,
                2 | 5 => self.read().await,
                _ => self.list(other_mark).await,
            }
        }
        self.calls
    }

    async fn create(&mut self, turn: usize) {
        let (title, text) = (format!("{} no. {turn}", self.mark), format!("{} says {turn}", self.mark));
        let provenance = json!({"agent_slug": "robot", "campaign_id": self.mark});
        let made =
            self.call("create_asset", json!({"type": "copy", "title": title, "provenance": provenance, "content": {"text": text}})).await;
        assert_eq!(made["asset"]["title"], title.as_str());
        self.made.insert(made["asset"]["id"].as_str().unwrap().to_owned(), (title, text));
    }

    async fn look(&mut self) {
        let (id, (title, _)) = self.made.iter().nth(self.calls % self.made.len()).map(|(id, made)| (id.clone(), made.clone())).unwrap();
        let asset = self.call("get_asset", json!({"asset_id": id})).await;
        assert_eq!((&asset["asset"]["id"], &asset["asset"]["title"]), (&json!(id), &json!(title)));
    }

    async fn read(&mut self) {
        let (id, (_, text)) = self.made.iter().nth(self.calls % self.made.len()).map(|(id, made)| (id.clone(), made.clone())).unwrap();
        let content = self.call("get_asset_content", json!({"asset_id": id})).await;
        assert_eq!((&content["asset_id"], &content["text"]), (&json!(id), &json!(text)));
    }

    async fn list(&mut self, other_mark: &str) {
        let mine = self.call("list_assets", json!({"campaign_id": self.mark, "limit": 200})).await;
        let listed: BTreeMap<_, _> =
            mine["items"].as_array().unwrap().iter().map(|item| (item["id"].as_str().unwrap(), item["title"].as_str().unwrap())).collect();
        assert_eq!(listed, self.made.iter().map(|(id, (title, _))| (id.as_str(), title.as_str())).collect());
        let all = self.call("list_assets", json!({"limit": 50})).await;
        for item in all["items"].as_array().unwrap() {
            assert!(!item["title"].as_str().unwrap().starts_with(other_mark), "{} sees {item}", self.mark);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_of_a_hundred_clients_and_no_answer_goes_astray() {
    let app = App::start().await;
    app.workspace("other");
    let keeper = app.key_in("other", "keeper", "person", &["*"]);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let (ours, theirs) = if number % 2 == 0 { ("red", "blue") } else { ("blue", "red") };
        let owner = if ours == "red" { app.owner() } else { keeper.clone() };
        let key = owner.made_key(&format!("{ours}-{number}"), "agent", &["assets:read", "assets:write"]).await;
        let caller = app.holder(&key);
        let ledger = Ledger { mark: format!("{ours}-{number}"), caller, made: BTreeMap::new(), calls: 0 };
        clients.spawn(async move { ledger.work(theirs).await });
    }
    let calls: usize = clients.join_all().await.into_iter().sum();
    assert!(calls >= CLIENTS * CALLS, "{calls}");
}
