//! How versions and decisions are shown, kept ready beside them, and which edition made that. What was there before is shown
//! as it is made.

use sea_orm_migration::prelude::*;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0007_presented_history"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["versions", "decisions"] {
            // SQLite adds one column at a time.
            for column in [ColumnDef::new("presented").text().to_owned(), ColumnDef::new("edition").integer().to_owned()] {
                manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
            }
        }
        Ok(())
    }
}
