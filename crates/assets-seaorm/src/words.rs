//! The text of the bytes that a change is about, as it is searched.

use assets_domain::{
    Asset, AssetView, Content, SearchText,
    ports::{Commit, NewBlob},
};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{Database, entity::text, error::Fault, listing, scope::Scope};

/// The texts by which the rows of an asset are to be found: none, if nothing that is searched changes.
#[derive(Default)]
pub(crate) struct Words(Vec<(Content, SearchText)>);

impl Words {
    /// What is searched of an asset: the details, and the text of the bytes as what they are here.
    pub(crate) fn of(&self, asset: &AssetView) -> SearchText {
        let content = &asset.latest.content;
        let same = |(known, _): &&(Content, SearchText)| (known.digest, known.media_type) == (content.digest, content.media_type);
        let none = SearchText::default();
        asset.details.search_text().and(self.0.iter().find(same).map_or(&none, |(_, words)| words))
    }

    /// Reads those that are kept.
    pub(crate) async fn read<C: ConnectionTrait>(connection: &C, before: Option<&Asset>, asset: &Asset) -> Result<Self, Fault> {
        let mut words = Vec::new();
        for content in listing::searched(before, asset) {
            let place = (
                asset.parts().workspace.as_uuid(),
                content.digest.as_bytes().to_vec(),
                asset.parts().asset_type.as_str().to_owned(),
                content.media_type.as_str().to_owned(),
            );
            if let Some(kept) = text::Entity::find_by_id(place).one(connection).await? {
                words.push((content, SearchText::from_folded(kept.words)));
            }
        }
        Ok(Self(words))
    }

    /// Adds what comes in now. What is kept already stays.
    fn with(mut self, content: &Content, brought: &NewBlob) -> Self {
        self.0.push((content.clone(), brought.text.clone()));
        self
    }
}

impl Database {
    /// The texts that a commit needs. The text of bytes never changes and stays as long as a version refers to them, so it is
    /// not read within the commit.
    pub(crate) async fn words(&self, Commit { change, blob, .. }: &Commit) -> Result<Words, Fault> {
        let (before, asset) = (change.previous(), change.asset());
        if listing::searched(before, asset).is_empty() {
            return Ok(Words::default());
        }
        let kept = Words::read(&self.read(Scope::Tenant(asset.parts().workspace)), before, asset).await?;
        Ok(match (change.added_version(), blob) {
            (Some(version), Some(brought)) => kept.with(&version.content, brought),
            _ => kept,
        })
    }
}
