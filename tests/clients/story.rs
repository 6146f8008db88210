//! The main job, whole, by the client for Rust: what an agent brings is looked at, sent back, mended, approved, handed out and put
//! away. Answers what happened, line by line.

use std::path::Path;

use assets_client::{
    Anchor, Asset, AssetFilter, AssetType, BulkDecision, BulkDecisions, ChangeItem, ChangeItemInput, ChangeRequestQuery, Client,
    CommentInput, DecisionAction, DecisionInput, DismissInput, Error, ExportInput, File, KeyKind, NewApiKey, NewAssetMetadata,
    NewProvenance, NewVersionMetadata, PageQuery, PreviewQuery, Problem, ReleaseInput, RequestChangesInput, RollbackInput, Scope,
};

/// The problem, where nothing else is expected.
fn refused<T>(answer: Result<T, Error>) -> Problem {
    answer.err().and_then(|error| error.problem().cloned()).expect("this should be refused")
}

/// What is seen, by version and bytes.
fn about(asset: &Asset) -> DecisionInput {
    DecisionInput::about(&asset.latest_version)
}

/// The two points of what is wanted.
async fn points(by: &Client, asset: &Asset) -> Result<[ChangeItem; 2], Error> {
    let requests = by.review().change_requests(asset.id, &ChangeRequestQuery::default()).all().await?;
    let points: Vec<_> = requests.into_iter().flat_map(|request| request.items).collect();
    Ok(points.try_into().expect("it has two points"))
}

pub(crate) async fn told(base: &str, agent: &str, person: &str, samples: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    let mut told = Vec::new();
    let agent = Client::new(base, agent)?;
    let person = agent.holding(person)?;

    // An agent brings a text and a picture.
    let made = NewProvenance { campaign_id: Some("story".into()), ..NewProvenance::by("me") };
    let text = NewAssetMetadata::new(AssetType::Copy, "Hello", made.clone()).with("Spring, at long last!");
    let copy = agent.assets().create(&text).await?;
    let metadata = NewAssetMetadata::new(AssetType::Image, "Hero", made);
    let hero = agent.assets().upload(&metadata, File::open(samples.join("hero.png")).await?.of_type("image/png")).await?;
    let is_measured = hero.latest_version.content.facts.width > Some(0);
    told.push(format!("brought {} {} {is_measured}", copy.status, hero.status));

    // It thinks again, and submits.
    agent.versions().add(copy.id, &NewVersionMetadata::default().with("Spring, at last!")).await?;
    let copy = agent.decisions().submit(copy.id, &DecisionInput::default()).await?;
    told.push(format!("submitted {} {}", copy.latest_version.number, copy.status));

    // A person looks, and wants it otherwise.
    let looked = person.assets().get(copy.id).await?;
    let numbers: Vec<_> = looked.versions.iter().map(|version| version.number.to_string()).collect();
    told.push(format!("looked at {}", numbers.join(" ")));
    let passage = Anchor::Text { start: 6, end: 16, quote: Some(", at last!".into()) };
    let wanted = RequestChangesInput::about(&looked.asset.latest_version, "Shorter, please.")
        .wanting(ChangeItemInput::blocking("Half as long.").at(passage))
        .wanting(ChangeItemInput::suggestion("A warmer word?"));
    person.decisions().request_changes(copy.id, &wanted).await?;

    // The agent reads why, and mends it.
    let returned = agent.assets().get(copy.id).await?;
    let why = returned.decisions.iter().rfind(|decision| decision.action == DecisionAction::RequestChanges);
    let why = why.and_then(|decision| decision.comment.clone()).unwrap_or_default();
    told.push(format!("sent back {} {why}", returned.asset.latest_version.status));
    let held_up = refused(agent.decisions().submit(copy.id, &DecisionInput::default()).await);
    let blocking: Vec<_> = held_up.open_items.iter().map(|item| item.text.as_str()).collect();
    told.push(format!("held up {} {}", held_up.code, blocking.join(" ")));
    let [shorter, warmer] = points(&agent, &copy).await?;
    let answer = NewVersionMetadata::noting(why).answering(shorter.id, "Seven letters.");
    agent.versions().add(copy.id, &answer.with("Spring!")).await?;
    let answered = points(&agent, &copy).await?[0].answer.clone().expect("it is answered");
    told.push(format!("answered {} {}", answered.version, answered.text));
    let said = agent.review().comment(copy.id, &CommentInput::saying("Is it still too long?")).await?;
    told.push(format!("said {}", said.text));
    let never_mind = DismissInput { comment: Some("Never mind.".into()), item_ids: Some(vec![warmer.id]), ..DismissInput::default() };
    person.decisions().dismiss(copy.id, &never_mind).await?;
    let [_, warmer] = points(&agent, &copy).await?;
    let why = warmer.dismissal.and_then(|dismissal| dismissal.comment);
    told.push(format!("{} {}", warmer.state, why.unwrap_or_default()));
    let copy = agent.decisions().submit(copy.id, &DecisionInput::default()).await?;

    // Only a person approves, and only what was seen.
    let tried = refused(agent.decisions().approve(copy.id, &about(&copy)).await);
    let leads_there = tried.review_url.is_some_and(|url| url.ends_with(&format!("/review/{}", copy.id)));
    told.push(format!("tried {} {leads_there}", tried.code));
    let stale = refused(person.decisions().approve(copy.id, &about(&looked.asset)).await);
    let is_current = stale.current_digest.as_deref() == Some(&copy.latest_version.content.digest);
    told.push(format!("too late {} {} {is_current}", stale.code, stale.current_version.unwrap_or_default()));
    let copy = person.decisions().approve(copy.id, &about(&copy).saying("Lovely.")).if_revision(copy.revision).await?;
    let approved = copy.approved_version.clone().expect("it is approved");
    told.push(format!("approved {} {}", approved.number, copy.status));

    // Many decisions at once, each for itself.
    agent.decisions().submit(hero.id, &DecisionInput::default()).await?;
    let approve = |asset| BulkDecision::about(asset, DecisionAction::Approve);
    let decisions = BulkDecisions { decisions: vec![approve(&hero), approve(&looked.asset)] };
    for result in person.decisions().decide(&decisions).await?.results {
        let became = result.asset.map(|asset| asset.status.to_string()).or(result.problem.map(|problem| problem.code.to_string()));
        told.push(format!("decided {} {}", result.status, became.unwrap_or_default()));
    }

    // What can be published, page by page.
    let filter = AssetFilter {
        asset_type: vec![AssetType::Copy, AssetType::Image],
        has_approved: Some(true),
        limit: Some(1),
        ..AssetFilter::of_campaign("story")
    };
    let mut listed = person.assets().list(&filter);
    while let Some(asset) = listed.next().await {
        let asset = asset?;
        told.push(format!("listed {} {}", asset.title, asset.asset_type));
    }

    // A link shows it to whoever has no key.
    let picture = std::fs::read(samples.join("hero.png"))?;
    let link = person.previews().link(hero.id, &PreviewQuery::default()).await?;
    let shown = person.previews().follow(&link.url).await?.bytes().await?;
    told.push(format!("shown {} {}", link.media_type, shown == picture));

    // A publisher with a key of its own takes what was approved, byte for byte.
    let desk = person.keys().create(&NewApiKey::new("desk", KeyKind::Service, [Scope::ReadApproved])).await?;
    let publisher = person.holding(&desk.key.expect("it is shown once"))?;
    let scopes: Vec<_> = publisher.keys().whoami().await?.scopes.iter().map(Scope::to_string).collect();
    told.push(format!("key {}", scopes.join(" ")));
    let content = publisher.publishing().approved_content(copy.id).await?.bytes().await?;
    told.push(format!("content {}", assets_domain::Digest::of(&content).to_string() == approved.content.digest));
    let release = publisher.publishing().release(copy.id, &ReleaseInput::to("linkedin")).await?;
    told.push(format!("released {} {}", release.channel, release.digest == approved.content.digest));
    for handover in person.publishing().releases(copy.id, &PageQuery::default()).all().await? {
        told.push(format!("handed to {} {}", handover.by.name, handover.kind));
    }

    // All of it as one archive, the same each time.
    let export = publisher.exports().create(&ExportInput::of_campaign("story")).await?;
    let parcel = folder.join("spring.zip");
    let saved = publisher.exports().download(export.id).await?.save(&parcel).await?;
    let (parcel, again) = (std::fs::read(parcel)?, publisher.exports().download(export.id).await?.bytes().await?);
    let has_picture = parcel.windows(picture.len()).any(|part| part == picture);
    told.push(format!("exported {} {} {} {has_picture}", export.count, saved == export.size_bytes, parcel == again));

    // Back to the first words, which nobody approved.
    let rollback = RollbackInput { reason: Some("The old one.".into()), ..RollbackInput::to(1) };
    let copy = agent.versions().rollback(copy.id, &rollback).await?;
    let (restored, standing) = (copy.latest_version.restored_from, copy.approved_version.map(|version| version.number));
    let numbers = (copy.latest_version.number, restored.unwrap_or_default(), standing.unwrap_or_default());
    told.push(format!("rolled back {} {} {} {}", numbers.0, numbers.1, copy.status, numbers.2));

    // What is put away is taken back from everybody, the archive included.
    let copy = person.decisions().archive(copy.id, &DecisionInput::default().saying("Over.")).await?;
    told.push(format!("archived {} {}", copy.status, copy.preview_url.unwrap_or_else(|| "null".to_owned())));
    told.push(format!("recalled {}", refused(publisher.exports().download(export.id).await).code));

    person.keys().revoke(&desk.record.prefix).await?;
    told.push(format!("revoked {}", refused(publisher.keys().whoami().await).code));
    Ok(told)
}
