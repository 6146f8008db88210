//! How an asset is shown in a list, kept ready beside it, and which edition made that.

use sea_orm_migration::prelude::*;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0005_presented"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [ColumnDef::new("presented").text().to_owned(), ColumnDef::new("edition").integer().to_owned()] {
            manager.alter_table(Table::alter().table("listing").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
