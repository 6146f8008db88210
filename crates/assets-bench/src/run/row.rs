//! The work that is measured: one row each, as the service does it and as the floor does.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::target::Target;
use crate::{
    Failure,
    exchange::{Connection, Request},
    generator::Plan,
    load::{
        Manifest,
        studio::{LARGE_BYTES, RARE_WORD, SMALL_BYTES, common_words, get, parts, picture, post},
    },
};

/// How many connections there are where nothing else is said.
const CONNECTIONS: usize = 8;
/// How deep in a list a deep page is, in items.
const DEPTH: usize = 90_000;
const LONGEST_PAGE: usize = 200;
/// How many decisions one call takes.
pub(crate) const BULK: usize = 500;
/// The row of a page that the caller has already.
pub(crate) const UNCHANGED: &str = "list-304";
/// How much of the large content a range asks for, in bytes.
const RANGE_BYTES: usize = 1 << 20;
const FILTER_CAMPAIGN: &str = "campaign-0";
const FILTER_TAG: &str = "topic:t17";

/// One kind of work.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) work: &'static str,
    pub(crate) floor: Option<Plan>,
    pub(crate) service: Plan,
    pub(crate) targets: Vec<Target>,
}

/// What rows are made from.
pub(crate) struct Workshop<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) service: SocketAddr,
    /// To the service, for what has to be asked first.
    pub(crate) connection: Connection,
    /// On SQLite, where the bars are others than on PostgreSQL.
    pub(crate) is_sqlite: bool,
}

impl Workshop<'_> {
    fn agent(&self) -> &str {
        self.manifest.tenants.first().map(|tenant| tenant.agent.as_str()).unwrap_or_default()
    }

    fn publisher(&self) -> &str {
        self.manifest.tenants.first().map(|tenant| tenant.publisher.as_str()).unwrap_or_default()
    }

    fn list_target(&self) -> Target {
        if self.is_sqlite { Target::ratio(1.3, 0.8) } else { Target::ratio(1.4, 1.15) }
    }

    /// All rows, in the order of their worth.
    ///
    /// # Errors
    /// The service does not answer what has to be asked first.
    pub(crate) async fn rows(&mut self) -> Result<Vec<Row>, Failure> {
        let mut rows = vec![self.hello()];
        rows.extend(self.lists());
        rows.push(self.deep().await?);
        rows.push(self.unchanged().await?);
        rows.extend(self.searches());
        rows.extend(self.histories());
        rows.extend(self.deliveries().await?);
        rows.extend(self.uploads());
        rows.extend(self.transitions());
        rows.push(self.bulk());
        rows.extend(self.links().await?);
        Ok(rows)
    }

    fn read(&self, name: &'static str, work: &'static str, service: Vec<Request>, floor: Vec<Request>, targets: Vec<Target>) -> Row {
        let floor = (!floor.is_empty()).then(|| Plan::each(floor, CONNECTIONS));
        Row { name, work, floor, service: Plan::each(service, CONNECTIONS), targets }
    }

    fn hello(&self) -> Row {
        let service = get("/api/v1/whoami", self.agent());
        self.read("whoami", "key, scope, limit, log, metrics", vec![service], vec![plain("/hello")], vec![Target::ratio(2.5, 1.5)])
    }

    fn lists(&self) -> Vec<Row> {
        let campaign = format!("campaign_id={FILTER_CAMPAIGN}");
        let both = format!("campaign_id={FILTER_CAMPAIGN}&status=approved");
        let tag = format!("tag={FILTER_TAG}");
        let filters = [
            ("list", "list page, no filter", String::new()),
            ("list-status", "list page, status", "status=approved".to_owned()),
            ("list-campaign", "list page, campaign", campaign),
            ("list-both", "list page, campaign and status", both),
            ("list-tag", "list page, tag", tag),
        ];
        let row = |(name, work, filter): (_, _, String)| {
            let service = get(&format!("/api/v1/assets?{filter}"), self.agent());
            self.read(name, work, vec![service], vec![plain(&format!("/assets?{filter}"))], vec![self.list_target()])
        };
        filters.into_iter().map(row).collect()
    }

    async fn deep(&mut self) -> Result<Row, Failure> {
        let agent = self.agent().to_owned();
        let mut cursor = String::new();
        let mut seen = 0;
        let wanted = DEPTH.min(usize::try_from(self.manifest.assets)? / 2);
        let mut last = Value::Null;
        while seen < wanted {
            let page = get(&format!("/api/v1/assets?limit={LONGEST_PAGE}{cursor}"), &agent);
            let page = self.connection.exchange(&page, 0, true).await?.json()?;
            seen += LONGEST_PAGE;
            last = page.pointer(&format!("/items/{}/created_at", LONGEST_PAGE - 1)).cloned().unwrap_or_default();
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let created = last.as_str().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
        let created = created.map(|at| at.timestamp_micros()).unwrap_or_default();
        let service = get(&format!("/api/v1/assets?limit=50{cursor}"), &agent);
        let floor = plain(&format!("/assets?created={created}&place={}", i64::MAX));
        Ok(self.read("list-deep", "list page, 90,000 down", vec![service], vec![floor], vec![self.list_target()]))
    }

    /// A page that the caller has. The links in it change a few times an hour, so it is asked for right before it is measured.
    ///
    /// # Errors
    /// The service does not answer.
    pub(crate) async fn unchanged(&mut self) -> Result<Row, Failure> {
        let agent = self.agent().to_owned();
        self.connection = Connection::open(self.service).await?;
        let page = self.connection.exchange(&get("/api/v1/assets?status=approved", &agent), 0, true).await?;
        let etag = page.etag.ok_or("a list without an entity tag")?;
        let headers = [format!("Authorization: Bearer {agent}"), format!("If-None-Match: {etag}")];
        let service = Request::new("GET", "/api/v1/assets?status=approved", &headers, "", 304);
        let targets = vec![Target::ratio(4.0, 2.0)];
        Ok(self.read(UNCHANGED, "list page, unchanged (floor: hello)", vec![service], vec![plain("/hello")], targets))
    }

    fn searches(&self) -> Vec<Row> {
        let words = common_words();
        let word = |name: &str| words.get(name).cloned().unwrap_or_default();
        let asked = [
            ("search-common", "full text, a word in most", word("common")),
            ("search-usual", "full text, a usual word", word("usual")),
            ("search-two", "full text, two words", format!("{}+{}", word("usual"), word("common"))),
            ("search-rare", "full text, a rare word", RARE_WORD.to_owned()),
        ];
        let row = |(name, work, q): (_, _, String)| {
            let service = get(&format!("/api/v1/assets?q={q}"), self.agent());
            self.read(name, work, vec![service], Vec::new(), vec![Target::p99(50.0, 10.0)])
        };
        asked.into_iter().map(row).collect()
    }

    fn histories(&self) -> Vec<Row> {
        let service = |ids: &[String]| ids.iter().map(|id| get(&format!("/api/v1/assets/{id}"), self.agent())).collect();
        let floor = |ids: &[String]| ids.iter().map(|id| plain(&format!("/assets/{id}"))).collect();
        let target = if self.is_sqlite { Target::ratio(1.6, 1.25) } else { Target::ratio(1.6, 1.2) };
        let (some, long) = (&self.manifest.approved, &self.manifest.long);
        vec![
            self.read("get-3", "one asset, 3 versions", service(some), floor(some), vec![target]),
            self.read("get-300", "one asset, 300 versions", service(long), floor(long), vec![target]),
        ]
    }

    async fn deliveries(&mut self) -> Result<Vec<Row>, Failure> {
        let (small, large, publisher) = (self.manifest.small.clone(), self.manifest.large.clone(), self.publisher().to_owned());
        let path = |id: &str| format!("/api/v1/assets/{id}/approved/content");
        let headers = [format!("Authorization: Bearer {publisher}")];
        let head = Request::new("HEAD", &path(&large), &headers, "", 200);
        let etag = self.connection.exchange(&head, 0, false).await?.etag.ok_or("content without an entity tag")?;
        let range = format!("Range: bytes=1048576-{}", (1 << 20) + RANGE_BYTES - 1);
        let ranged = [headers[..].to_vec(), vec![range.clone(), format!("If-Range: {etag}")]].concat();
        let part = Request::new("GET", &path(&large), &ranged, "", 206);
        let floor_part = Request::new("GET", &format!("/assets/{large}/content"), &[range], "", 206);
        let floor = |id: &str| vec![plain(&format!("/assets/{id}/content"))];
        let target = || vec![Target::ratio(1.3, 1.05)];
        let whole = |id: &str| vec![get(&path(id), &publisher)];
        Ok(vec![
            self.read("content-64k", "approved content, 64 KiB", whole(&small), floor(&small), target()),
            self.read("content-64m", "approved content, 64 MiB", whole(&large), floor(&large), target()),
            self.read("content-range", "approved content, 1 MiB of 64", vec![part], vec![floor_part], target()),
        ])
    }

    fn uploads(&self) -> Vec<Row> {
        let row = |name, work, length, connections, target| {
            let (content, place) = picture(length);
            let metadata = json!({"type": "image", "title": "Spring launch: hero", "provenance": {"agent_slug": "agent-1"}});
            let (body, begins) = parts(&metadata, "hero.png", &content);
            let key = format!("Authorization: Bearer {}", self.agent());
            let headers = [key, "Content-Type: multipart/form-data; boundary=edge".to_owned()];
            let service = Request::new("POST", "/api/v1/assets", &headers, body, 201).stamped_at(begins + place);
            let floor = Request::new("POST", &format!("/uploads/{}", self.manifest.small), &[], content, 200).stamped_at(place);
            let (service, floor) = (Plan::each([service], connections), Some(Plan::each([floor], connections)));
            Row { name, work, floor, service, targets: vec![target] }
        };
        let one_for_all = |row: Row, connections: usize| {
            // Every connection has groups of its own, so there must be as many.
            let repeated = |plan: &Plan| Plan::groups(plan.groups.iter().cloned().cycle().take(connections), connections);
            Row { floor: row.floor.as_ref().map(repeated), service: repeated(&row.service), ..row }
        };
        vec![
            one_for_all(row("upload-64k", "upload, 64 KiB with its rows", SMALL_BYTES, CONNECTIONS, Target::ratio(2.0, 1.5)), CONNECTIONS),
            one_for_all(row("upload-64m", "upload, 64 MiB", LARGE_BYTES, 2, Target::ratio(1.3, 1.1)), 2),
        ]
    }

    /// Drafts are submitted and withdrawn again.
    fn transitions(&self) -> Vec<Row> {
        let service = || {
            self.manifest.drafts.iter().map(|draft| {
                let call = |action| post(&format!("/api/v1/assets/{}/{action}", draft.id), self.agent(), &json!({}), 200);
                vec![call("submit"), call("withdraw")]
            })
        };
        let floor = || {
            self.manifest.drafts.iter().map(|draft| {
                let call = |moved| Request::new("POST", &format!("/assets/{}/move/{moved}", draft.id), &[], "", 200);
                vec![call("draft/pending_review"), call("pending_review/draft")]
            })
        };
        let row = |name, work, connections, targets| Row {
            name,
            work,
            floor: Some(Plan::groups(floor(), connections)),
            service: Plan::groups(service(), connections),
            targets,
        };
        vec![
            row("transition", "submit and withdraw, alone", 1, vec![Target::ratio(2.5, 1.3), Target::p99(10.0, 2.0)]),
            row("transition-32", "submit and withdraw, 32 clients", 32, vec![Target::ratio(2.5, 1.3), Target::rate(4000.0, 7500.0)]),
        ]
    }

    /// One call that decides about many; judged beside as many single ones.
    fn bulk(&self) -> Row {
        let drafts = self.manifest.drafts.get(..BULK).unwrap_or(&self.manifest.drafts);
        let call = |action: &str| {
            let decisions: Vec<_> = drafts
                .iter()
                .map(|draft| json!({"asset_id": draft.id, "action": action, "version": draft.version, "digest": draft.digest}))
                .collect();
            post("/api/v1/assets/decisions", self.agent(), &json!({"decisions": decisions}), 200)
        };
        let service = Plan::groups([vec![call("submit"), call("withdraw")]], 1);
        Row { name: "bulk", work: "500 decisions in one call", floor: None, service, targets: Vec::new() }
    }

    /// A link that was altered is refused after the check and before anything else; `/healthz` is the same without it.
    async fn links(&mut self) -> Result<Vec<Row>, Failure> {
        let agent = self.agent().to_owned();
        let asked = get(&format!("/api/v1/assets/{}/preview-url", self.manifest.small), &agent);
        let url = self.connection.exchange(&asked, 0, true).await?.json()?;
        let url = url.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
        let path = url.find("/p/").and_then(|place| url.get(place..)).ok_or("a link without a path")?.to_owned();
        let altered: String = match path.split_once('.') {
            Some((claims, rest)) => {
                let flipped = if rest.starts_with('A') { "B" } else { "A" };
                format!("{claims}.{flipped}{}", rest.get(1..).unwrap_or_default())
            }
            None => return Err("a link without a seal".into()),
        };
        let head = Request::new("HEAD", &path, &[], "", 200);
        let refused = Request::new("HEAD", &altered, &[], "", 403);
        Ok(vec![
            self.read("link", "preview link, HEAD (floor: hello)", vec![head], vec![plain("/hello")], Vec::new()),
            self.read("link-altered", "preview link, altered", vec![refused], Vec::new(), Vec::new()),
            self.read("healthz", "the way there and back", vec![plain("/healthz")], Vec::new(), Vec::new()),
        ])
    }
}

/// A read without a key.
fn plain(target: &str) -> Request {
    Request::new("GET", target, &[], "", 200)
}
