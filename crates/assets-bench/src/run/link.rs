//! The check of a link by itself: the function that the service calls, over links that the service gave out.

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use assets_seal::{Seal, Secret};
use chrono::DateTime;

use super::{pair::median, report::Fact, target::Target};
use crate::{Failure, exchange::Connection, load::studio::get, number};

/// How often it is measured, and for how long each time.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(100);

/// Measures how long the check of a link takes.
///
/// # Errors
/// The service gives out no links, or such as its secret does not open.
pub(super) async fn measure(connection: &mut Connection, key: &str, data: &Path) -> Result<Fact, Failure> {
    let page = connection.exchange(&get("/api/v1/assets?limit=200", key), 0, true).await?.json()?;
    let items = page.get("items").and_then(serde_json::Value::as_array).ok_or("a page without items")?;
    let links: Vec<(&str, &str)> = items.iter().filter_map(|item| apart(item.get("preview_url")?.as_str()?)).collect();
    let seal = Seal::new(&Secret::from_hex(std::fs::read_to_string(data.join("signing.key"))?.trim())?);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = DateTime::from_timestamp(i64::try_from(since.as_secs())?, 0).ok_or("no time")?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (begun, mut checks) = (Instant::now(), 0_u64);
        while begun.elapsed() < ROUND {
            for (token, name) in &links {
                std::hint::black_box(seal.open_link(token, name, now)?);
                checks += 1;
            }
            if checks == 0 {
                return Err("a list without links".into());
            }
        }
        rounds.push(begun.elapsed().as_secs_f64() * 1e6 / number(checks));
    }
    Ok(Fact::new("signed link check, in this process", median(rounds).unwrap_or(0.0), "us", Some(Target::value(30.0, 5.0))))
}

/// Token and file name of a link; the names of what was loaded need no escapes.
fn apart(url: &str) -> Option<(&str, &str)> {
    url.split_once("/p/")?.1.split_once('/')
}
