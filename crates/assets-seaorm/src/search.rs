//! Full text: the one thing that SQLite and PostgreSQL do differently.
//!
//! The domain folds text and cuts it into words of letters and digits, so neither engine's own idea of a word, a case or
//! an accent comes into play.

use std::collections::BTreeSet;

use assets_domain::{SearchTerms, SearchText, View, WorkspaceId};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use crate::{entity::listing, error::Fault, listing::code};

/// PostgreSQL keeps at most 1 MiB of words for a row, and no word beyond 2046 bytes.
const POSTGRES_WORDS_BYTES: usize = 1 << 19;
const POSTGRES_WORD_BYTES: usize = 1024;

/// Makes a row findable by its text.
pub(crate) async fn insert<C: ConnectionTrait>(
    connection: &C,
    workspace: WorkspaceId,
    view: View,
    row: i64,
    text: &SearchText,
) -> Result<(), Fault> {
    let statement = match connection.get_database_backend() {
        DbBackend::Sqlite => Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "INSERT INTO listing_text (rowid, scope, words) VALUES (?, ?, ?)",
            [row.into(), scope(workspace, view).into(), text.as_str().into()],
        ),
        backend => Statement::from_sql_and_values(
            backend,
            "INSERT INTO listing_text (id, words) VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))",
            [row.into(), format!("{} {}", scope(workspace, view), words_for_postgres(text)).into()],
        ),
    };
    connection.execute_raw(statement).await?;
    Ok(())
}

/// Makes a row no longer findable by its text.
pub(crate) async fn remove<C: ConnectionTrait>(connection: &C, row: i64) -> Result<(), Fault> {
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "DELETE FROM listing_text WHERE rowid = ?",
        _ => "DELETE FROM listing_text WHERE id = $1",
    };
    connection.execute_raw(Statement::from_sql_and_values(backend, sql, [row.into()])).await?;
    Ok(())
}

/// The rows that have the words that are looked for, with nothing selected yet.
///
/// SQLite keeps to the order of a cross join, and so goes from the words to the rows: by itself it would rather read
/// every row and ask whether it has the words.
pub(crate) fn matching(backend: DbBackend, workspace: WorkspaceId, view: View, terms: &SearchTerms) -> SelectStatement {
    let (id, has_words) = match backend {
        DbBackend::Sqlite => ("rowid", Expr::cust_with_values("listing_text MATCH ?", [fts5(workspace, view, terms)])),
        _ => ("id", postgres(workspace, view, terms)),
    };
    Query::select()
        .from("listing_text")
        .cross_join(listing::Entity)
        .and_where(Expr::col(("listing_text", id)).equals((listing::Entity, listing::Column::Id)))
        .and_where(has_words)
        .to_owned()
}

/// One word that stands for a tenant's view, so that a search begins with the rows of that view alone.
pub(crate) fn scope(workspace: WorkspaceId, view: View) -> String {
    format!("{}v{}", workspace.as_uuid().simple(), code(view))
}

/// Words are letters and digits, and quoted besides: nothing in them is syntax.
fn fts5(workspace: WorkspaceId, view: View, terms: &SearchTerms) -> String {
    let words = terms.words().iter().fold(String::new(), |words, word| format!("{words}\"{word}\" AND "));
    format!("scope : \"{}\" AND words : ({words}\"{}\" *)", scope(workspace, view), terms.prefix())
}

fn postgres(workspace: WorkspaceId, view: View, terms: &SearchTerms) -> SimpleExpr {
    let scope = format!("'{}' & ", scope(workspace, view));
    let words = terms.words().iter().fold(scope, |words, word| format!("{words}'{word}' & "));
    Expr::cust_with_values("words @@ CAST($1 AS tsquery)", [format!("{words}'{}':*", terms.prefix())])
}

fn words_for_postgres(text: &SearchText) -> String {
    let mut left = POSTGRES_WORDS_BYTES;
    let words: BTreeSet<&str> = text.as_str().split(' ').filter(|word| word.len() <= POSTGRES_WORD_BYTES).collect();
    let kept = words.into_iter().take_while(|word| {
        left = left.saturating_sub(word.len().saturating_add(1));
        left > 0
    });
    kept.collect::<Vec<_>>().join(" ")
}
