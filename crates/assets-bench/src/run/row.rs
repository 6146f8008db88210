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
/// The row of one call that decides about so many.
pub(crate) const DECISIONS: &str = "bulk";
/// The row of a page that the caller has already.
pub(crate) const UNCHANGED: &str = "list-304";
/// How much of the large content a range asks for, in bytes.
const RANGE_BYTES: usize = 1 << 20;
/// Lists by what they are filtered by: each by itself, and the pairs that people and agents work with.
const LISTS: [(&str, &str, &str); 15] = [
    ("list", "list page, no filter", ""),
    ("list-type", "list page, type", "type=copy"),
    ("list-status", "list page, status", "status=approved"),
    ("list-approved", "list page, has_approved", "has_approved=true"),
    ("list-agent", "list page, agent", "agent=agent-3"),
    ("list-campaign", "list page, campaign", "campaign_id=campaign-0"),
    ("list-brand", "list page, brand", "brand_id=acme-3"),
    ("list-brief", "list page, brief", "brief_id=brief-17"),
    ("list-model", "list page, model", "model=writer-2"),
    ("list-tag", "list page, tag", "tag=topic:t17"),
    ("list-type+status", "list page, type and status", "type=copy&status=approved"),
    ("list-agent+status", "list page, agent and status", "agent=agent-3&status=approved"),
    ("list-campaign+status", "list page, campaign and status", "campaign_id=campaign-0&status=approved"),
    ("list-campaign+approved", "list page, campaign and has_approved", "campaign_id=campaign-0&has_approved=true"),
    ("list-tag+status", "list page, tag and status", "tag=channel:email&status=approved"),
];

/// One kind of work.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) work: &'static str,
    pub(crate) floor: Option<Plan>,
    pub(crate) service: Plan,
    pub(crate) targets: Vec<Target>,
    /// Whether the floor gives the same answers; if not, it is there to compare with (`hello`).
    pub(crate) is_same: bool,
}

/// What rows are made from.
pub(crate) struct Workshop<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) service: SocketAddr,
    /// To the service, for what has to be asked first.
    pub(crate) connection: Connection,
    /// On SQLite, where the bars are others than on PostgreSQL.
    pub(crate) is_sqlite: bool,
    /// Assets of the service whose approved content has 64 KiB and 64 MiB.
    pub(crate) small: String,
    pub(crate) large: String,
}

impl<'a> Workshop<'a> {
    /// Rows about what was loaded.
    ///
    /// # Errors
    /// The service cannot be reached.
    pub(crate) async fn new(manifest: &'a Manifest, service: SocketAddr, is_sqlite: bool) -> Result<Self, Failure> {
        let connection = Connection::open(service).await?;
        Ok(Self { manifest, service, connection, is_sqlite, small: manifest.small.clone(), large: manifest.large.clone() })
    }

    /// The key of who works on assets.
    pub(crate) fn agent(&self) -> &str {
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
        Row { name, work, floor, service: Plan::each(service, CONNECTIONS), targets, is_same: true }
    }

    /// A read that is compared with the least that can be answered.
    fn beside_hello(&self, name: &'static str, work: &'static str, service: Request, targets: Vec<Target>) -> Row {
        Row { is_same: false, ..self.read(name, work, vec![service], vec![plain("/hello")], targets) }
    }

    fn hello(&self) -> Row {
        self.beside_hello(
            "whoami",
            "key, scope, limit, log, metrics (floor: hello)",
            get("/api/v1/whoami", self.agent()),
            vec![Target::ratio(2.5, 1.5)],
        )
    }

    pub(crate) fn lists(&self) -> Vec<Row> {
        let row = |(name, work, filter): &(&'static str, &'static str, &str)| {
            let service = get(&format!("/api/v1/assets?{filter}"), self.agent());
            self.read(name, work, vec![service], vec![plain(&format!("/assets?{filter}"))], vec![self.list_target()])
        };
        LISTS.iter().map(row).collect()
    }

    pub(crate) async fn deep(&mut self) -> Result<Row, Failure> {
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
        Ok(self.read("list-deep", "list page, deep in the list", vec![service], vec![floor], vec![self.list_target()]))
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
        Ok(self.beside_hello(UNCHANGED, "list page, unchanged (floor: hello)", service, vec![Target::ratio(4.0, 2.0)]))
    }

    pub(crate) fn searches(&self) -> Vec<Row> {
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

    pub(crate) fn histories(&self) -> Vec<Row> {
        let service = |ids: &[String]| ids.iter().map(|id| get(&format!("/api/v1/assets/{id}"), self.agent())).collect();
        let floor = |ids: &[String]| ids.iter().map(|id| plain(&format!("/assets/{id}"))).collect();
        let aim = if self.is_sqlite { 1.25 } else { 1.2 };
        let (target, per_byte) = (Target::ratio(1.6, aim), Target::ratio_per_byte(1.6, aim));
        let (some, long) = (&self.manifest.approved, &self.manifest.long);
        vec![
            self.read("get-3", "one asset, 3 versions", service(some), floor(some), vec![target]),
            self.read("get-300", "one asset, 300 versions, per KiB", service(long), floor(long), vec![per_byte]),
        ]
    }

    async fn deliveries(&mut self) -> Result<Vec<Row>, Failure> {
        let (small, large, publisher) = (self.small.clone(), self.large.clone(), self.publisher().to_owned());
        let path = |id: &str| format!("/api/v1/assets/{id}/approved/content");
        let headers = [format!("Authorization: Bearer {publisher}")];
        let head = Request::new("HEAD", &path(&large), &headers, "", 200);
        let etag = self.connection.exchange(&head, 0, false).await?.etag.ok_or("content without an entity tag")?;
        let range = format!("Range: bytes=1048576-{}", (1 << 20) + RANGE_BYTES - 1);
        let ranged = [headers[..].to_vec(), vec![range.clone(), format!("If-Range: {etag}")]].concat();
        let part = Request::new("GET", &path(&large), &ranged, "", 206);
        let floor_part = Request::new("GET", &format!("/assets/{}/content", self.manifest.large), &[range], "", 206);
        let floor = |id: &str| vec![plain(&format!("/assets/{id}/content"))];
        let (floor_small, floor_large) = (floor(&self.manifest.small), floor(&self.manifest.large));
        let target = || vec![Target::ratio_per_byte(1.3, 1.05)];
        let whole = |id: &str| vec![get(&path(id), &publisher)];
        Ok(vec![
            self.read("content-64k", "approved content, 64 KiB", whole(&small), floor_small, target()),
            self.read("content-64m", "approved content, 64 MiB", whole(&large), floor_large, target()),
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
            // The floor answers with an asset that is there, the service with the new one.
            Row { name, work, floor, service, targets: vec![target], is_same: false }
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
    pub(crate) fn transitions(&self) -> Vec<Row> {
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
            is_same: true,
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
        Row { name: DECISIONS, work: "500 decisions in one call", floor: None, service, targets: Vec::new(), is_same: false }
    }

    /// A link that works, and one that was altered, which is refused after the check and before anything else.
    async fn links(&mut self) -> Result<Vec<Row>, Failure> {
        let agent = self.agent().to_owned();
        let asked = get(&format!("/api/v1/assets/{}/preview-url", self.small), &agent);
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
            self.beside_hello("link", "preview link, HEAD (floor: hello)", head, Vec::new()),
            self.beside_hello("link-altered", "preview link, altered (floor: hello)", refused, Vec::new()),
        ])
    }
}

/// A read without a key.
fn plain(target: &str) -> Request {
    Request::new("GET", target, &[], "", 200)
}
