//! The keys by which the installation signs, shared by all its processes. They belong to no tenant.

use assets_domain::ports::Breakage;
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder, sea_query::OnConflict};

use crate::{
    Database,
    entity::{bytes32, micros, moment, signing_key},
    error::Fault,
    scope::Scope,
};

/// A key by which the installation signs, or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSigningKey {
    /// Its place among the others, from 1.
    pub number: i32,
    /// The part that everybody may know.
    pub public: [u8; 32],
    /// The other part, sealed.
    pub sealed: Vec<u8>,
    /// From when on it signs, until the next one does. Until then it is made known.
    pub signs_from: DateTime<Utc>,
}

impl Database {
    /// Every key that ever signed, oldest first.
    ///
    /// # Errors
    /// The database broke.
    pub async fn signing_keys(&self) -> Result<Vec<KeptSigningKey>, Breakage> {
        Ok(self.find_signing_keys().await?)
    }

    /// Adds a key, unless its number is taken: of several that are added at once, one is. Answers whether it was this one.
    ///
    /// # Errors
    /// The database broke.
    pub async fn add_signing_key(&self, key: &KeptSigningKey) -> Result<bool, Breakage> {
        Ok(self.put_signing_key(key).await?)
    }

    async fn find_signing_keys(&self) -> Result<Vec<KeptSigningKey>, Fault> {
        let rows = signing_key::Entity::find().order_by_asc(signing_key::Column::Number).all(&self.read(Scope::Every)).await?;
        rows.into_iter()
            .map(|row| {
                let signing_key::Model { number, public, sealed, signs_from } = row;
                Ok(KeptSigningKey { number, public: bytes32(public)?, sealed, signs_from: moment(signs_from)? })
            })
            .collect()
    }

    async fn put_signing_key(&self, key: &KeptSigningKey) -> Result<bool, Fault> {
        let row = signing_key::Model {
            number: key.number,
            public: key.public.to_vec(),
            sealed: key.sealed.clone(),
            signs_from: micros(key.signs_from),
        };
        let first = OnConflict::column(signing_key::Column::Number).do_nothing().to_owned();
        let transaction = self.write(Scope::Every).await?;
        let put = signing_key::Entity::insert(row.into_active_model()).on_conflict(first).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(put > 0)
    }
}
