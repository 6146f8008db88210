//! Assets as they are shown, made when an asset changes and kept beside it.
//!
//! What is kept is the body of the asset without its link, which depends on the time and on a secret: the body's end is left
//! open for it. On a line in front stands what the link is made of, `<asset> <version> <epoch> <file name>`; it is empty for
//! an archived asset, which has none.

use assets_domain::{
    AssetView, CatalogError, Filename, LinkEpoch, LinkTarget, Status, VersionNumber, VersionStatus, WorkspaceId,
    ports::{Breakage, Presenter, ReadyHistory},
};

use crate::{
    api::Api,
    body::{AssetBody, AssetPage},
    links,
    problem::Problem,
};

/// How a body without a link ends.
const OPEN_END: &str = "null}";
/// What stands before the status of a version, and after how many bytes at most.
const STATUS: &[u8] = b"\"status\":\"";
const LONGEST_NUMBER: usize = 32;
/// What a page is before its first item.
const FRAME_BEGIN: &str = "{\"items\":[";

/// Makes what lists and histories show of an asset.
#[derive(Debug, Clone, Copy, Default)]
pub struct Showcase;

impl Presenter for Showcase {
    /// Raised by whoever changes [`AssetBody`]; a test of this file tells.
    fn edition(&self) -> i32 {
        2
    }

    fn present(&self, asset: &AssetView) -> String {
        let link = match asset.status {
            Status::Archived => String::new(),
            _ => {
                let AssetView { id, latest, link_epoch, .. } = asset;
                format!("{id} {} {} {}", latest.number, link_epoch.get(), latest.content.filename.as_str())
            }
        };
        let body = serde_json::to_string(&AssetBody::new(asset.clone(), None)).unwrap_or_default();
        format!("{link}\n{}", body.strip_suffix(OPEN_END).unwrap_or_default())
    }
}

/// The body of a page, of assets as they were presented.
///
/// # Errors
/// Something was presented otherwise than [`Showcase`] does.
pub(crate) fn page(api: &Api, workspace: WorkspaceId, items: &[impl AsRef<[u8]>], frame: &AssetPage) -> Result<Vec<u8>, Problem> {
    let frame = serde_json::to_string(frame).unwrap_or_default();
    let (begin, end) = frame.split_at_checked(FRAME_BEGIN.len()).unwrap_or_default();
    let length: usize = items.iter().map(|item| item.as_ref().len().saturating_add(300)).sum();
    let mut body = Vec::with_capacity(frame.len().saturating_add(length));
    body.extend_from_slice(begin.as_bytes());
    each(items, &mut body, |item, body| {
        finish(api, workspace, item.as_ref(), body)?;
        body.push(b'}');
        Some(())
    })?;
    body.extend_from_slice(end.as_bytes());
    Ok(body)
}

/// The body of an asset with its history, [`AssetHistory`](crate::body::AssetHistory), of what is ready.
///
/// # Errors
/// Something was presented otherwise than [`Showcase`] does, or is no version or decision.
pub(crate) fn history(api: &Api, workspace: WorkspaceId, history: &ReadyHistory) -> Result<Vec<u8>, Problem> {
    let ReadyHistory { asset, versions, decisions, .. } = history;
    let parts = [asset].into_iter().chain(versions.iter().map(|(_, version)| version)).chain(decisions);
    let length: usize = parts.map(|part| part.len().saturating_add(30)).sum();
    let mut body = Vec::with_capacity(length.saturating_add(300));
    finish(api, workspace, asset, &mut body).ok_or_else(damaged)?;
    body.extend_from_slice(b",\"versions\":[");
    each(versions, &mut body, |(status, version), body| restate(version, *status, body))?;
    body.extend_from_slice(b"],\"decisions\":[");
    each(decisions, &mut body, |decision, body| flatten(decision, body))?;
    body.extend_from_slice(b"]}");
    Ok(body)
}

/// Writes items with commas between them.
fn each<T>(items: &[T], body: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>) -> Option<()>) -> Result<(), Problem> {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        write(item, body).ok_or_else(damaged)?;
    }
    Ok(())
}

/// Writes a version that was kept as JSON, with its status as it is now. The domain's version is shown as it is, see the
/// test of this file; before its status stands nothing but a number.
fn restate(kept: &[u8], status: VersionStatus, body: &mut Vec<u8>) -> Option<()> {
    let start = kept.windows(STATUS.len()).take(LONGEST_NUMBER).position(|found| found == STATUS)?.checked_add(STATUS.len())?;
    let (before, rest) = kept.split_at_checked(start)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    body.extend_from_slice(before);
    body.extend_from_slice(status.as_str().as_bytes());
    body.extend_from_slice(rest.get(end..)?);
    Some(())
}

/// Writes a decision that was kept as JSON: as the domain's, but without its revision and with the details among the rest. In
/// a text, a quotation mark never stands behind a comma: it has a backslash before it.
fn flatten(kept: &[u8], body: &mut Vec<u8>) -> Option<()> {
    let (_, rest) = std::str::from_utf8(kept).ok()?.strip_prefix("{\"revision\":")?.split_once(',')?;
    let (rest, details) = rest.split_once(",\"details\":{")?;
    for part in ["{", rest, ",", details.strip_suffix('}')?] {
        body.extend_from_slice(part.as_bytes());
    }
    Some(())
}

/// The first line of a text, and what is behind it.
fn lines(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = text.split_at_checked(text.iter().position(|byte| *byte == b'\n')?)?;
    Some((first, rest.get(1..)?))
}

/// Writes an asset with its link. Its end is still open.
fn finish(api: &Api, workspace: WorkspaceId, presented: &[u8], body: &mut Vec<u8>) -> Option<()> {
    let (link, open) = lines(presented)?;
    if open.is_empty() {
        return None;
    }
    body.extend_from_slice(open);
    if link.is_empty() {
        body.extend_from_slice(b"null");
    } else {
        let (target, filename) = linked(workspace, std::str::from_utf8(link).ok()?)?;
        serde_json::to_writer(&mut *body, &links::original(api, target, filename)).ok()?;
    }
    Some(())
}

fn linked(workspace: WorkspaceId, line: &str) -> Option<(LinkTarget, Filename)> {
    let mut words = line.splitn(4, ' ');
    let asset = words.next()?.parse().ok()?;
    let version = VersionNumber::new(words.next()?.parse().ok()?).ok()?;
    let epoch = LinkEpoch::new(words.next()?.parse().ok()?);
    Some((LinkTarget { workspace, asset, version, epoch }, Filename::parse(words.next()?).ok()?))
}

/// What cannot be written as JSON is a fault of the program.
pub(crate) fn unwritten(error: serde_json::Error) -> Problem {
    CatalogError::Breakage(Breakage::Failed(error.into())).into()
}

fn damaged() -> Problem {
    CatalogError::Breakage(Breakage::Damaged("an asset was presented otherwise than lists show it".into())).into()
}

#[cfg(test)]
mod tests {
    use assets_domain::{Call, Comment, NamedBytes, Revision, Version, ports::AssetRepository};
    use assets_testkit::{TestWorld, fixtures};

    use bytes::Bytes;

    use super::*;
    use crate::body::AssetHistory;

    async fn assets(world: &TestWorld) -> Vec<AssetView> {
        let (writer, ann) = (world.agent("writer"), Call::by(world.person("ann")));
        let plain = world.create_copy(&writer, "plain").await;
        let made_from = world.assets.asset(world.workspace, plain.id).await.unwrap().unwrap();
        let rich = world.create(&writer, fixtures::full_asset(&made_from), "pixels").await;
        let archived = world.create_copy(&writer, "\"archived\"\\").await;
        world.catalog.submit(&Call::by(writer), rich.id, NamedBytes::default(), None).await.unwrap();
        let rich = world.catalog.approve(&ann, rich.id, NamedBytes::default(), None).await.unwrap();
        let archived = world.catalog.archive(&ann, archived.id, NamedBytes::default(), None).await.unwrap();
        vec![plain, rich, archived]
    }

    #[tokio::test]
    async fn a_list_shows_an_asset_as_it_is_shown_alone() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let assets = assets(&world).await;
        let presented: Vec<String> = assets.iter().map(|asset| Showcase.present(asset)).collect();
        let frame = AssetPage { items: Vec::new(), next_cursor: Some("further".to_owned()), total: Some(3) };
        let shown = page(&api, world.workspace, &presented, &frame).unwrap();
        let items = assets.into_iter().map(|asset| crate::answer::body(&api, world.workspace, asset)).collect();
        let expected = serde_json::to_string(&AssetPage { items, ..frame }).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
        let nothing: [String; 0] = [];
        let empty = AssetPage { items: Vec::new(), next_cursor: None, total: None };
        assert_eq!(page(&api, world.workspace, &nothing, &empty).unwrap(), b"{\"items\":[],\"next_cursor\":null}");
    }

    #[tokio::test]
    async fn a_history_that_is_ready_is_shown_like_any_other() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let tricky = world.create_copy(&world.agent("writer"), "tricky").await;
        let comment = Comment::parse(r#"a","details":{"title":"not it"},"details":{"#).unwrap();
        let tricky = world.catalog.archive(&Call::by(world.person("ann")), tricky.id, NamedBytes::default(), Some(comment)).await.unwrap();
        let mut kept = Vec::new();
        for asset in assets(&world).await.into_iter().chain([tricky]) {
            let viewed = world.catalog.history(&world.person("ann"), asset.id).await.unwrap();
            let version = |version: &Version| {
                let added = Version { status: VersionStatus::Draft, ..version.clone() };
                (version.status, Bytes::from(serde_json::to_vec(&added).unwrap()))
            };
            let ready = ReadyHistory {
                revision: asset.revision,
                asset: Showcase.present(&asset).into(),
                versions: viewed.versions.iter().map(version).collect(),
                decisions: viewed.decisions.iter().map(|decision| serde_json::to_vec(decision).unwrap().into()).collect(),
            };
            kept.extend(ready.versions.iter().map(|(_, version)| version).chain(&ready.decisions).cloned());
            let shown = history(&api, world.workspace, &ready).unwrap();
            let preview_url = links::preview_of(&api, world.workspace, &asset);
            assert_eq!(String::from_utf8(shown).unwrap(), serde_json::to_string(&AssetHistory::new(viewed, preview_url)).unwrap());
        }
        // Such texts lie in databases. Whoever has to accept others here sees to those as well: they are shown as they are.
        let kept: Vec<_> = kept.iter().map(|text| String::from_utf8_lossy(text)).collect();
        insta::assert_snapshot!("kept", kept.join("\n"));
    }

    #[tokio::test]
    async fn what_was_presented_otherwise_is_a_fault() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        for damaged in ["", "\n", "{}", "no link\n{", "0192 1 0 a.txt\n{"] {
            let frame = AssetPage { items: Vec::new(), next_cursor: None, total: None };
            assert!(page(&api, world.workspace, &[damaged], &frame).is_err(), "{damaged:?}");
        }
        let version = r#"{"number":1,"status":"draft"}"#;
        for (asset, version, decision) in [("{}", version, None), ("\n{", "{}", None), ("\n{", version, Some("{}"))] {
            let ready = ReadyHistory {
                revision: Revision::new(1),
                asset: asset.into(),
                versions: vec![(VersionStatus::Draft, version.into())],
                decisions: decision.into_iter().map(Bytes::from).collect(),
            };
            assert!(history(&api, world.workspace, &ready).is_err(), "{asset:?} {version:?} {decision:?}");
        }
    }

    /// Whoever has to accept another text here raises the edition, too: what the earlier one made lies in databases.
    #[tokio::test]
    async fn what_an_edition_makes_never_changes() {
        let assets = assets(&TestWorld::new()).await;
        let presented: Vec<String> = assets.iter().map(|asset| Showcase.present(asset)).collect();
        insta::assert_snapshot!(format!("edition_{}", Showcase.edition()), presented.join("\n\n"));
    }
}
