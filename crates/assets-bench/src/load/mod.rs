//! Data of a size: a mould of some thousand assets that the service itself made, repeated with ids and times of their own
//! until there are enough. What is repeated lies side by side in time, like a year of work.

mod mould;
mod plain;
pub(crate) mod postgres;
mod sqlite;
pub(crate) mod studio;
mod template;
mod words;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use self::{
    mould::Mould,
    studio::{Made, Role, Tenant},
    template::{Generation, Holes},
};
use crate::{Failure, say, service::Installation};

/// How many assets the mould has.
const MOULD_ASSETS: usize = 2000;
/// Over how long the whole is spread, in microseconds: a year.
const YEAR_MICROS: i64 = 365 * 24 * 3600 * 1_000_000;
/// How many assets of each kind a run can choose from.
const SAMPLES: u64 = 4000;

/// Where data is made and kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The service.
    #[arg(long, default_value = "target/release/assets")]
    pub(crate) binary: PathBuf,
    /// Where data is kept; what is there already is used again.
    #[arg(long, default_value = "target/bench")]
    pub(crate) cache: PathBuf,
    /// A server of PostgreSQL for the rows, postgres://…, as somebody who may make databases; without it, SQLite
    #[arg(long)]
    pub(crate) database: Option<String>,
}

/// What is loaded, and then measured.
#[derive(Debug, Clone, Args)]
pub(crate) struct Data {
    /// How many assets.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) assets: u64,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// For what data is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be copied, and measured beside the floor, which has tables of its own.
    Run,
    /// To be worked on where it lies, by the service alone.
    Growth,
}

/// What was loaded, and what a run needs to know of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) assets: u64,
    pub(crate) tenants: Vec<Tenant>,
    /// Assets of the first workspace, from every generation.
    pub(crate) approved: Vec<String>,
    pub(crate) drafts: Vec<Draft>,
    /// With 300 versions.
    pub(crate) long: Vec<String>,
    /// With content of 64 KiB and 64 MiB.
    pub(crate) small: String,
    pub(crate) large: String,
}

/// A draft, and the bytes that a decision about it names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) version: u64,
    pub(crate) digest: String,
}

/// The mould as it was made.
#[derive(Serialize, Deserialize)]
struct Kept {
    tenants: Vec<Tenant>,
    made: Vec<Made>,
}

impl Data {
    /// Where data of this size is kept; of PostgreSQL, only what is not in the database.
    pub(crate) fn folder(&self, purpose: Purpose) -> PathBuf {
        let engine = if self.place.database.is_some() { "postgres" } else { "sqlite" };
        self.place.cache.join(format!("{}{engine}-{}", purpose.prefix(), self.assets))
    }

    /// The database of PostgreSQL where data of this size is kept, if that has the rows.
    pub(crate) fn database_url(&self, purpose: Purpose) -> Option<String> {
        Some(postgres::beside(self.place.database.as_ref()?, &self.database_name(purpose)))
    }

    /// What that is called.
    pub(crate) fn database_name(&self, purpose: Purpose) -> String {
        format!("{}bench_{}", purpose.prefix().replace('-', "_"), self.assets)
    }
}

impl Purpose {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Run => "",
            Self::Growth => "growth-",
        }
    }
}

/// Loads data of a size, unless it is there already.
///
/// # Errors
/// The service fails, or the disk does.
pub(crate) async fn load(arguments: &Data, purpose: Purpose) -> Result<(), Failure> {
    let target = arguments.folder(purpose);
    if target.join("manifest.json").exists() {
        say(&format!("{} is there already", target.display()));
        return Ok(());
    }
    let begun = Instant::now();
    let kept = mould_of(&arguments.place).await?;
    let source = arguments.place.cache.join("mould").join("data");
    let database = source.join("assets.sqlite");
    let mould = Mould::read(&database)?;
    say(&format!("{:6.1} s: the mould has {} assets", begun.elapsed().as_secs_f64(), kept.made.len()));

    let _none_yet = std::fs::remove_dir_all(&target);
    let data = target.join("data");
    std::fs::create_dir_all(&data)?;
    link_all(&source.join("blobs"), &data.join("blobs"))?;
    std::fs::copy(source.join("signing.key"), data.join("signing.key"))?;

    let made = u64::try_from(kept.made.len())?;
    let count = arguments.assets.div_ceil(made);
    let generations = Generations { count, lasts_micros: YEAR_MICROS / i64::try_from(count)?, holes: &mould.holes };
    let floor = if purpose == Purpose::Run { Some(plain::tables(&kept.made, &mould.holes)?) } else { None };
    let url = arguments.database_url(purpose);
    if let Some((server, url)) = arguments.place.database.as_ref().zip(url.clone()) {
        let (name, client) = (arguments.database_name(purpose), postgres::connect(server).await?);
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await?;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        Installation::new(&arguments.place.binary, &data, Some(url.clone())).command(&["migrate"])?;
        postgres::fill(&url, &database, &mould, &generations).await?;
        if let Some(floor) = &floor {
            postgres::fill_floor(&url, floor, &generations).await?;
        }
    } else {
        Installation::new(&arguments.place.binary, &data, None).command(&["migrate"])?;
        sqlite::fill(&data.join("assets.sqlite"), &database, &mould, &generations)?;
        if let Some(floor) = &floor {
            sqlite::fill_floor(&target.join("floor.sqlite"), floor, &generations)?;
        }
    }
    say(&format!("{:6.1} s: {} assets are there", begun.elapsed().as_secs_f64(), count * made));
    write(&target.join("manifest.json"), &manifest(&kept, &generations)?)
}

/// All generations of a size.
pub(crate) struct Generations<'a> {
    pub(crate) count: u64,
    pub(crate) lasts_micros: i64,
    pub(crate) holes: &'a Holes,
}

impl Generations<'_> {
    pub(crate) fn each(&self) -> impl Iterator<Item = Generation> {
        (0..self.count).map(|number| Generation::new(number, self.count, self.holes, self.lasts_micros))
    }
}

/// The mould: from the folder where it is kept, or made now.
async fn mould_of(place: &Place) -> Result<Kept, Failure> {
    let folder = place.cache.join("mould");
    let (data, file) = (folder.join("data"), folder.join("mould.json"));
    let installation = Installation::new(&place.binary, &data, None);
    if file.exists() {
        installation.command(&["migrate"])?;
        return read(&file);
    }
    let _none_yet = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&data)?;
    let tenants = studio::found(&installation, MOULD_ASSETS)?;
    let server = installation.serve(None).await?;
    let made = studio::fill(server.address, &tenants).await?;
    drop(server);
    let kept = Kept { tenants, made };
    write(&file, &kept)?;
    Ok(kept)
}

fn manifest(kept: &Kept, generations: &Generations<'_>) -> Result<Manifest, Failure> {
    let mut manifest = Manifest {
        assets: generations.count * u64::try_from(kept.made.len())?,
        tenants: kept.tenants.clone(),
        approved: Vec::new(),
        drafts: Vec::new(),
        long: Vec::new(),
        small: String::new(),
        large: String::new(),
    };
    let main: Vec<&Made> = kept.made.iter().filter(|made| made.tenant == 0).collect();
    let every = (u64::try_from(main.len())? * generations.count / SAMPLES / 2).max(1);
    let mut seen: u64 = 0;
    for generation in generations.each() {
        for made in &main {
            seen += 1;
            let id = renamed(made, generations.holes, &generation)?;
            match made.role {
                Role::Long => manifest.long.push(id),
                Role::Small => manifest.small = id,
                Role::Large => manifest.large = id,
                Role::Approved if seen.is_multiple_of(every) => manifest.approved.push(id),
                Role::Draft if seen.is_multiple_of(every) => {
                    let latest = made.document.get("latest_version").cloned().unwrap_or_default();
                    let digest = latest.pointer("/content/digest").and_then(Value::as_str).unwrap_or_default().to_owned();
                    let version = latest.get("number").and_then(Value::as_u64).unwrap_or(1);
                    manifest.drafts.push(Draft { id, version, digest });
                }
                _ => {}
            }
        }
    }
    Ok(manifest)
}

fn renamed(made: &Made, holes: &Holes, generation: &Generation) -> Result<String, Failure> {
    let id = Uuid::parse_str(made.document.get("id").and_then(Value::as_str).unwrap_or_default())?;
    let place = holes.ids.get(&id).ok_or("an asset that the database does not have")?;
    Ok(generation.ids.get(*place).copied().unwrap_or_default().to_string())
}

/// Another name for every file below a folder: content never changes.
pub(crate) fn link_all(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_all(&entry.path(), &target)?;
        } else {
            std::fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Reads a value from a file of JSON.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Writes a value into a file as JSON.
pub(crate) fn write<T: Serialize>(file: &Path, value: &T) -> Result<(), Failure> {
    Ok(std::fs::write(file, serde_json::to_vec_pretty(value)?)?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;
    use crate::floor::{query::Asked, rows::Rows};

    fn version(number: u64) -> Value {
        json!({
            "number": number, "status": "approved",
            "content": {"digest": "sha256:00", "size_bytes": 7, "media_type": "video/mp4", "filename": "spot.mp4",
                        "facts": {"width": 1200, "height": 628, "pages": null, "duration_seconds": 1.5, "words": null}},
            "provenance": {"agent_slug": "agent-1", "run_id": null, "campaign_id": "spring", "brand_id": null, "brief_id": null,
                           "model": null, "prompt_digest": null, "derived_from": [{"asset_id": "a", "version": 1}]},
            "note": "louder", "restored_from": null,
            "created_by": {"key_prefix": "4fGh7KqZ", "name": "ann", "kind": "person"}, "created_at": "2026-11-22T08:37:11.201200Z",
        })
    }

    #[tokio::test]
    async fn the_floor_answers_what_the_service_answered() {
        let id = "01a20266-f3a1-7010-816a-e0b3127b573f";
        let decision = json!({
            "action": "approve", "version": 2, "digest": "sha256:00", "bytes_named": true,
            "by": {"key_prefix": "4fGh7KqZ", "name": "ann", "kind": "person"}, "at": "2026-11-22T08:37:12Z", "comment": "\"so\"",
            "carried_from": null, "title": "Spring", "description": null, "tags": ["a", "b"],
        });
        let document = json!({
            "id": id, "type": "video", "title": "Spring", "description": null, "status": "approved", "tags": ["a", "b"],
            "provenance": version(2)["provenance"], "latest_version": version(2), "approved_version": version(1),
            "preview_url": "http://localhost/p/x/spot.mp4", "created_at": "2026-11-22T08:37:11.201200Z",
            "updated_at": "2026-11-22T08:37:12Z", "revision": 3, "versions": [version(2), version(1)], "decisions": [decision],
        });
        let holes = Holes { ids: HashMap::from([(Uuid::parse_str(id).unwrap(), 0)]), span: 0..=1 };
        let made = [Made { tenant: 0, role: Role::Other, document: document.clone() }];
        let file = std::env::temp_dir().join(format!("floor-{}.sqlite", std::process::id()));
        let generations = Generations { count: 1, lasts_micros: 1, holes: &holes };
        sqlite::fill_floor(&file, &plain::tables(&made, &holes).unwrap(), &generations).unwrap();

        let own = renamed(&made[0], &holes, &generations.each().next().unwrap()).unwrap();
        let (id, mut document) = (own.as_str(), document);
        document["id"] = json!(id);
        let rows = Rows::Sqlite(file.clone());
        let kept: Value = serde_json::from_slice(&rows.history(id).await.unwrap().unwrap()).unwrap();
        assert_eq!(kept, document);
        let page: Value = serde_json::from_slice(&rows.page(&Asked::default()).await.unwrap().unwrap()).unwrap();
        assert_eq!((&page["items"][0]["latest_version"], &page["next_cursor"]), (&version(2), &Value::Null));
        let moved: Value = serde_json::from_slice(&rows.transition(id, "approved", "draft", "now").await.unwrap().unwrap()).unwrap();
        assert_eq!((&moved["status"], &moved["revision"]), (&json!("draft"), &json!(4)));
        std::fs::remove_file(file).unwrap();
    }
}
