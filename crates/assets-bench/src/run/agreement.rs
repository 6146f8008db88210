//! That service and floor do the same: what is measured otherwise says nothing.

use std::net::SocketAddr;

use super::row::{BULK, Row};
use crate::{Failure, exchange::Connection, generator::Plan, number};

/// By how much the lengths of the answers may differ, of the longer one. What the service adds of its own is paid for by it.
const TOLERANCE: f64 = 0.05;
/// A page with less than this has no asset on it.
const SHORTEST_FIND_BYTES: f64 = 500.0;
/// How many groups of requests are compared.
const GROUPS: usize = 20;

/// Sends a part of a row's requests to both servers, and compares how long the answers are.
///
/// # Errors
/// They differ by more than a few hundredths, a search finds nothing, or a server answers something else than was expected.
pub(super) async fn agree(row: &Row, service: SocketAddr, floor: SocketAddr) -> Result<(), Failure> {
    if row.name == super::row::DECISIONS {
        return decide(row, service).await;
    }
    if row.name.starts_with("search") && answered(&row.service, service).await? < SHORTEST_FIND_BYTES {
        return Err(format!("{}: nothing is found; was this loaded by another release? Clear the cache", row.name).into());
    }
    let Some(plan) = row.floor.as_ref().filter(|_| row.is_same) else { return Ok(()) };
    let (of_service, of_floor) = (answered(&row.service, service).await?, answered(plan, floor).await?);
    if (of_service - of_floor).abs() > TOLERANCE * of_service.max(of_floor) {
        return Err(format!("{}: the service answers with {of_service} bytes and the floor with {of_floor}", row.name).into());
    }
    Ok(())
}

/// How long the answers are together, in bytes.
async fn answered(plan: &Plan, address: SocketAddr) -> Result<f64, Failure> {
    let mut connection = Connection::open(address).await?;
    let mut bytes = 0.0;
    for request in plan.groups.iter().take(GROUPS).flatten() {
        bytes += number(u64::try_from(connection.exchange(request, 0, false).await?.body_bytes)?);
    }
    Ok(bytes)
}

/// A call that decides about many answers 200 whatever came of it.
async fn decide(row: &Row, service: SocketAddr) -> Result<(), Failure> {
    let mut connection = Connection::open(service).await?;
    for request in row.service.groups.iter().flatten() {
        let answer = connection.exchange(request, 0, true).await?.json()?;
        let results = answer.get("results").and_then(serde_json::Value::as_array).ok_or("an answer without results")?;
        let refused = results.iter().filter(|result| result.get("problem").is_some_and(|problem| !problem.is_null())).count();
        if refused > 0 || results.len() != BULK {
            return Err(format!("{refused} of {} decisions were refused", results.len()).into());
        }
    }
    Ok(())
}
