//! Words that the steps share.

use sea_orm_migration::{
    prelude::*,
    sea_orm::DbBackend,
    sea_query::{ForeignKeyCreateStatement, IndexCreateStatement, SimpleExpr},
};

pub(crate) type Column = &'static str;

/// A condition that every row of a table keeps.
pub(crate) fn one_of(column: Column, values: &[&str]) -> SimpleExpr {
    Expr::col(column).is_in(values.iter().copied())
}

pub(crate) fn primary_key<const N: usize>(columns: [Column; N]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(column);
    }
    key
}

/// A reference that goes with what it refers to, or (with `Restrict`) keeps it from going.
pub(crate) fn reference<const N: usize>(
    from: (&'static str, [Column; N]),
    to: (&'static str, [Column; N]),
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    for column in from.1 {
        key.from(from.0, column);
    }
    for column in to.1 {
        key.to(to.0, column);
    }
    key.on_delete(on_delete).to_owned()
}

pub(crate) fn index(table: &'static str, name: &'static str, columns: &[Column]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Makes SQLite keep the rows of a small table in its primary key alone, as PostgreSQL cannot.
pub(crate) fn kept_in_key(manager: &SchemaManager<'_>, table: &mut TableCreateStatement) -> TableCreateStatement {
    if manager.get_database_backend() == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table.to_owned()
}

/// When a row may not be touched.
pub(crate) enum Refused {
    /// Never.
    Update,
    /// As long as its asset is there: with the asset goes its record.
    DeleteWhileAssetStands,
    /// Never.
    Delete,
}

/// Makes the database itself refuse to touch the rows of an append-only table.
pub(crate) async fn refuse(manager: &SchemaManager<'_>, table: &str, refused: Refused) -> Result<(), DbErr> {
    let stands = "EXISTS (SELECT 1 FROM assets WHERE assets.workspace_id = OLD.workspace_id AND assets.id = OLD.asset_id)";
    let (event, when) = match refused {
        Refused::Update => ("UPDATE", "TRUE"),
        Refused::Delete => ("DELETE", "TRUE"),
        Refused::DeleteWhileAssetStands => ("DELETE", stands),
    };
    let name = format!("{table}_refuse_{}", event.to_lowercase());
    let message = format!("{table} are append-only");
    let sql = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            format!("CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        }
        // PostgreSQL takes no subquery in WHEN.
        _ => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF {when} THEN RAISE EXCEPTION '{message}'; END IF; RETURN OLD; END $$; \
             CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        ),
    };
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}
