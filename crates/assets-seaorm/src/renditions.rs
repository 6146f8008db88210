//! What was made to show bytes, and where it lies.

use assets_domain::{
    Digest, Fingerprint,
    ports::{BlobKey, Breakage, Rendition, RenditionId, Renditions, Shortfall, StoredBlob},
};
use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    Database,
    batch::Batch,
    entity::{blob, bytes32, kept, micros, moment, number, rendition, tombstone},
    error::Fault,
    ledger::holding,
    scope::Scope,
};

use rendition::Column::Shortfall as Reason;
use rendition::Column::{Crc32, Digest as Shows, Edition, FileDigest, Key, MadeAt, MediaType, SizeBytes, Type, Variant, WorkspaceId};

type Place = (Uuid, Vec<u8>, String, String, String);

fn place(id: &RenditionId) -> Place {
    let RenditionId { workspace, digest, asset_type, media_type, variant } = id;
    (workspace.as_uuid(), digest.as_bytes().to_vec(), asset_type.to_string(), media_type.to_string(), variant.to_string())
}

fn known(id: &RenditionId, row: rendition::Model) -> Result<Rendition, Fault> {
    let reason = |text: String| Shortfall::parse(&text).ok_or_else(|| Fault::row("an unknown reason for a placeholder"));
    let fingerprint = Fingerprint {
        digest: Digest::from_bytes(bytes32(row.file_digest)?),
        crc32: number(row.crc32)?,
        size_bytes: number(row.size_bytes)?,
    };
    Ok(Rendition {
        id: *id,
        edition: row.edition,
        stored: StoredBlob { key: BlobKey::new(row.key), fingerprint },
        shortfall: row.shortfall.map(reason).transpose()?,
        made_at: moment(row.made_at)?,
    })
}

impl Database {
    async fn find_rendition(&self, id: &RenditionId) -> Result<Option<Rendition>, Fault> {
        let row = rendition::Entity::find_by_id(place(id)).one(&self.read(Scope::Tenant(id.workspace))).await?;
        row.map(|row| known(id, row)).transpose()
    }

    /// One statement, so that the row of the bytes cannot go between a look and the write.
    async fn keep_rendition(&self, made: &Rendition) -> Result<bool, Fault> {
        let Rendition { id, edition, stored, shortfall, made_at } = made;
        let (workspace, digest, asset_type, media_type, variant) = place(id);
        let key = stored.key.as_str();
        let values = [
            (WorkspaceId, Expr::value(workspace)),
            (Shows, Expr::value(digest.clone())),
            (Type, Expr::value(asset_type)),
            (MediaType, Expr::value(media_type)),
            (Variant, Expr::value(variant)),
            (Edition, Expr::value(*edition)),
            (Key, Expr::value(key)),
            (FileDigest, Expr::value(stored.fingerprint.digest.as_bytes().to_vec())),
            (SizeBytes, Expr::value(kept(stored.fingerprint.size_bytes))),
            (Crc32, Expr::value(i64::from(stored.fingerprint.crc32))),
            (Reason, Expr::value(shortfall.map(Shortfall::as_str))),
            (MadeAt, Expr::value(micros(*made_at))),
        ];
        let (columns, values): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        let one = || Query::select().expr(Expr::value(1)).to_owned();
        let retired = one().from(tombstone::Entity).and_where(tombstone::Column::Key.eq(key)).to_owned();
        let shown = one()
            .from(blob::Entity)
            .and_where(blob::Column::WorkspaceId.eq(workspace))
            .and_where(blob::Column::Digest.eq(digest))
            .to_owned();
        let row = Query::select().exprs(values).and_where(Expr::exists(shown)).and_where(Expr::exists(retired).not()).to_owned();
        let anew = OnConflict::columns([WorkspaceId, Shows, Type, MediaType, Variant])
            .update_columns([Edition, Key, FileDigest, SizeBytes, Crc32, Reason, MadeAt])
            .to_owned();
        let mut insert = Query::insert();
        insert.into_table(rendition::Entity).columns(columns).on_conflict(anew);
        insert.select_from(row).map_err(Fault::row)?;
        insert.returning_col(Edition);

        let mut batch = Batch::new(self.backend(), Scope::Tenant(id.workspace));
        let holding = holding(self.backend(), &stored.key);
        // To hold a file answers a row as well.
        let rows_without_it = usize::from(holding.is_some());
        if let Some(holding) = holding {
            batch.add_built(holding);
        }
        batch.add(&insert);
        Ok(self.apply(batch).await?.len() > rows_without_it)
    }

    /// Forgets all that was made to show bytes, e.g. in a copy that leaves its files out. It is made again when it is asked for.
    ///
    /// # Errors
    /// The database broke.
    pub async fn forget_renditions(&self) -> Result<(), Breakage> {
        Ok(self.forget_all().await?)
    }

    async fn forget_all(&self) -> Result<(), Fault> {
        let transaction = self.write(Scope::Every).await?;
        rendition::Entity::delete_many().exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn forget_rendition(&self, id: &RenditionId) -> Result<(), Fault> {
        let mut batch = Batch::new(self.backend(), Scope::Tenant(id.workspace));
        batch.add_query(&rendition::Entity::delete_by_id(place(id)));
        self.apply(batch).await?;
        Ok(())
    }
}

#[async_trait]
impl Renditions for Database {
    async fn rendition(&self, id: &RenditionId) -> Result<Option<Rendition>, Breakage> {
        Ok(self.find_rendition(id).await?)
    }

    async fn keep(&self, rendition: &Rendition) -> Result<bool, Breakage> {
        Ok(self.keep_rendition(rendition).await?)
    }

    async fn forget(&self, id: &RenditionId) -> Result<(), Breakage> {
        Ok(self.forget_rendition(id).await?)
    }
}
