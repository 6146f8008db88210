//! The mould: some thousand assets, made through the front door of the service, as agents and people would.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::words::{Dice, Words};
use crate::{
    Failure,
    exchange::{Connection, Request},
    service::Installation,
};

/// What stands in a title where each generation has its own word.
pub(crate) const GENERATION: &str = "generation0000";
/// A word that one asset of the mould has.
pub(crate) const RARE_WORD: &str = "zephyrine";
/// How many clients make the mould.
const CLIENTS: usize = 12;
const LONG_HISTORY: usize = 300;
pub(crate) const SMALL_BYTES: usize = 64 << 10;
pub(crate) const LARGE_BYTES: usize = 64 << 20;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\xb0\0\0\x02\x74\x08\x02\0\0\0\x12\x34\x56\x78";
const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free";
const PDF: &[u8] = b"%PDF-1.7\n";

/// Each workspace with its share of the assets, in hundredths.
const SHARES: [(&str, usize); 4] = [("main", 70), ("second", 20), ("third", 8), ("fourth", 2)];

/// A workspace and the keys to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) agent: String,
    pub(crate) person: String,
    pub(crate) publisher: String,
    pub(crate) assets: usize,
}

/// What an asset of the mould is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// A draft that nothing stands in the way of submitting.
    Draft,
    /// Approved, with three versions.
    Approved,
    /// 300 versions.
    Long,
    /// Approved content of 64 KiB.
    Small,
    /// Approved content of 64 MiB.
    Large,
    /// Anything else.
    Other,
}

/// One asset of the mould.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) tenant: usize,
    pub(crate) role: Role,
    /// As the service answers it, with its history.
    pub(crate) document: Value,
}

/// Makes workspaces and keys.
///
/// # Errors
/// A command fails.
pub(crate) fn found(installation: &Installation, assets: usize) -> Result<Vec<Tenant>, Failure> {
    let mut tenants = Vec::new();
    for (name, share) in SHARES {
        installation.command(&["workspace", "create", name])?;
        let key = |holder: &str, kind: &str, scopes: &[&str]| {
            let mut arguments = vec!["key", "create", "--workspace", name, "--name", holder, "--kind", kind];
            arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
            installation.command(&arguments)
        };
        tenants.push(Tenant {
            name: name.to_owned(),
            agent: key("the agents", "agent", &["assets:read", "assets:write"])?,
            person: key("ann", "person", &["*"])?,
            publisher: key("the site", "service", &["assets:read:approved"])?,
            assets: (assets * share).div_ceil(100),
        });
    }
    Ok(tenants)
}

/// Makes the assets of every workspace.
///
/// # Errors
/// The service refuses something.
pub(crate) async fn fill(address: SocketAddr, tenants: &[Tenant]) -> Result<Vec<Made>, Failure> {
    let words = Arc::new(Words::new());
    let mut made = Vec::new();
    for (place, tenant) in tenants.iter().enumerate() {
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let studio = Studio {
                connection: Connection::open(address).await?,
                tenant: tenant.clone(),
                place,
                words: words.clone(),
                dice: Dice::new(u64::try_from(place * 1000 + client)?),
                previous: None,
            };
            clients.push(tokio::spawn(studio.make_every(client, CLIENTS)));
        }
        for client in clients {
            made.extend(client.await??);
        }
    }
    Ok(made)
}

struct Studio {
    connection: Connection,
    tenant: Tenant,
    place: usize,
    words: Arc<Words>,
    dice: Dice,
    previous: Option<String>,
}

impl Studio {
    async fn make_every(mut self, first: usize, step: usize) -> Result<Vec<Made>, Failure> {
        let mut made = Vec::new();
        for number in (first..self.tenant.assets).step_by(step) {
            let (id, role) = self.make(number).await?;
            let read = get(&format!("/api/v1/assets/{id}"), &self.tenant.agent);
            let document = self.connection.exchange(&read, 0, true).await?.json()?;
            made.push(Made { tenant: self.place, role, document });
            self.previous = Some(id);
        }
        Ok(made)
    }

    async fn make(&mut self, number: usize) -> Result<(String, Role), Failure> {
        let special = if self.place == 0 { number } else { usize::MAX };
        let versions = if special == 0 { LONG_HISTORY } else { 3 };
        let kind = match (special, number % 20) {
            (1, _) => "image",
            (2, _) => "video",
            (0, _) | (_, 0..=9) => "copy",
            (_, 10..=13) => "blog",
            (_, 14..=17) => "image",
            (_, 18) => "slide",
            _ => "video",
        };
        let course = (number / 20 + number) % 20;
        let metadata = self.metadata(number, kind, special == 3);
        let id = self.send("/api/v1/assets", metadata, kind, special, 201).await?;
        for version in 2..=versions {
            if version == versions && (16..=17).contains(&course) && special > 2 {
                // What is approved stays while newer work is on its way.
                self.decide(&id, &["submit", "approve"]).await?;
            }
            let note = json!({"note": self.words.text(&mut self.dice, 6)});
            self.send(&format!("/api/v1/assets/{id}/versions"), note, kind, special, 201).await?;
        }
        let (actions, role): (&[&str], Role) = match (special, course) {
            (0, _) => (&["submit", "approve"], Role::Long),
            (1, _) => (&["submit", "approve"], Role::Small),
            (2, _) => (&["submit", "approve"], Role::Large),
            (_, 0..=5) => (&[], Role::Draft),
            (_, 6..=8) => (&["submit"], Role::Other),
            (_, 9..=15) => (&["submit", "approve"], Role::Approved),
            (_, 18) => (&["submit", "request-changes"], Role::Other),
            (_, 19) => (&["archive"], Role::Other),
            _ => (&[], Role::Other),
        };
        self.decide(&id, actions).await?;
        Ok((id, role))
    }

    fn metadata(&mut self, number: usize, kind: &str, is_rare: bool) -> Value {
        let words = self.words.clone();
        let dice = &mut self.dice;
        let rare = if is_rare { RARE_WORD } else { "" };
        let title = format!("{} {GENERATION} {rare}", words.text(dice, 5));
        let campaign = dice.below(40).min(dice.below(40));
        let derived_from = match &self.previous {
            Some(id) if number % 10 == 9 => json!([{"asset_id": id, "version": 1}]),
            _ => json!([]),
        };
        json!({
            "type": kind,
            "title": title.trim(),
            "description": words.text(dice, 16),
            "tags": [
                format!("audience:{}", words.of_rank(usize::try_from(dice.below(6)).unwrap_or(0) + 500)),
                format!("brand:acme-{}", dice.below(8)),
                format!("channel:{}", if dice.below(2) == 0 { "linkedin" } else { "email" }),
                format!("topic:t{}", dice.below(400)),
            ],
            "provenance": {
                "agent_slug": format!("agent-{}", dice.below(12)),
                "run_id": format!("run-{}", dice.below(1 << 20)),
                "campaign_id": format!("campaign-{campaign}"),
                "brand_id": format!("acme-{}", dice.below(8)),
                "brief_id": format!("brief-{}", dice.below(300)),
                "model": format!("writer-{}", dice.below(4)),
                "derived_from": derived_from,
            },
        })
    }

    /// Sends metadata with content of a kind; answers the id of the asset.
    async fn send(&mut self, target: &str, metadata: Value, kind: &str, special: usize, expected: u16) -> Result<String, Failure> {
        let text = match kind {
            "copy" => Some(60),
            "blog" => Some(400),
            _ => None,
        };
        let request = if let Some(count) = text {
            let mut body = metadata;
            if let Some(fields) = body.as_object_mut() {
                fields.insert("content".to_owned(), json!({"text": self.words.text(&mut self.dice, count)}));
            }
            post(target, &self.tenant.agent, &body, expected)
        } else {
            let (head, name) = match kind {
                "image" => (PNG, "hero.png"),
                "video" => (MP4, "spot.mp4"),
                _ => (PDF, "deck.pdf"),
            };
            let bytes = match special {
                1 => SMALL_BYTES,
                2 => LARGE_BYTES,
                _ => 900 + usize::try_from(self.dice.below(800))?,
            };
            upload(target, &self.tenant.agent, &metadata, name, content(head, bytes, self.dice.next()))
        };
        let answer = self.connection.exchange(&request, 0, true).await?.json()?;
        Ok(answer.get("id").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    async fn decide(&mut self, id: &str, actions: &[&str]) -> Result<(), Failure> {
        for action in actions {
            let key = if matches!(*action, "submit" | "archive") { &self.tenant.agent } else { &self.tenant.person };
            let body = json!({"comment": format!("{action}: {}", self.words.text(&mut self.dice, 5))});
            let request = post(&format!("/api/v1/assets/{id}/{action}"), key, &body, 200);
            self.connection.exchange(&request, 0, false).await?;
        }
        Ok(())
    }
}

/// Bytes that begin like a kind of file and go on like no other.
pub(crate) fn content(head: &[u8], length_bytes: usize, seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut bytes = head.to_vec();
    bytes.reserve(length_bytes);
    while bytes.len() < length_bytes {
        bytes.extend_from_slice(&dice.next().to_le_bytes());
    }
    bytes.truncate(length_bytes);
    bytes
}

/// An image that can be sent as content, and where in it a number may stand.
pub(crate) fn picture(length_bytes: usize) -> (Vec<u8>, usize) {
    (content(PNG, length_bytes, 7), PNG.len())
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}")
}

/// A read with a key.
pub(crate) fn get(target: &str, key: &str) -> Request {
    Request::new("GET", target, &[bearer(key)], "", 200)
}

/// A call with a body of JSON.
pub(crate) fn post(target: &str, key: &str, body: &Value, expected: u16) -> Request {
    Request::new("POST", target, &[bearer(key), "Content-Type: application/json".to_owned()], body.to_string(), expected)
}

/// The two parts of an upload, and where in them the content begins.
pub(crate) fn parts(metadata: &Value, name: &str, content: &[u8]) -> (Vec<u8>, usize) {
    let before = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    ([before.as_bytes(), content, b"\r\n--edge--\r\n"].concat(), before.len())
}

/// An upload by multipart.
pub(crate) fn upload(target: &str, key: &str, metadata: &Value, name: &str, content: Vec<u8>) -> Request {
    let (body, _) = parts(metadata, name, &content);
    Request::new("POST", target, &[bearer(key), "Content-Type: multipart/form-data; boundary=edge".to_owned()], body, 201)
}

/// Uploads a picture and has it approved; answers the id of the asset.
///
/// # Errors
/// The service refuses something.
pub(crate) async fn publish(connection: &mut Connection, tenant: &Tenant, length_bytes: usize) -> Result<String, Failure> {
    let metadata = json!({"type": "image", "title": "Spring launch: hero", "provenance": {"agent_slug": "agent-1"}});
    let request = upload("/api/v1/assets", &tenant.agent, &metadata, "hero.png", picture(length_bytes).0);
    let made = connection.exchange(&request, 0, true).await?.json()?;
    let id = made.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    for action in ["submit", "approve"] {
        connection.exchange(&post(&format!("/api/v1/assets/{id}/{action}"), &tenant.person, &json!({}), 200), 0, false).await?;
    }
    Ok(id)
}

/// The words and tags by which runs look, with what they are there for.
pub(crate) fn common_words() -> BTreeMap<&'static str, String> {
    let words = Words::new();
    BTreeMap::from([("common", words.of_rank(3).to_owned()), ("usual", words.of_rank(60).to_owned())])
}
