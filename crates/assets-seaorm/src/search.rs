//! Full text: the one thing that SQLite and PostgreSQL do differently.
//!
//! The domain folds text and cuts it into words of letters and digits, so neither engine's own idea of a word, a case or
//! an accent comes into play.

use std::collections::BTreeSet;

use assets_domain::{SearchTerms, SearchText, View, WorkspaceId};
use sea_orm::{
    DbBackend,
    sea_query::{DeleteStatement, Expr, ExprTrait, InsertStatement, Query, SelectStatement, SimpleExpr},
};

use crate::{
    entity::listing,
    error::Fault,
    listing::{Place, code},
};

/// PostgreSQL keeps at most 1 MiB of words for a row, and no word beyond 2046 bytes.
const POSTGRES_WORDS_BYTES: usize = 1 << 19;
const POSTGRES_WORD_BYTES: usize = 1024;

/// Makes a row findable by its text.
pub(crate) fn insert(backend: DbBackend, place: &Place, text: &SearchText) -> Result<InsertStatement, Fault> {
    let scope = scope(place.workspace, place.view);
    let (columns, words) = match backend {
        DbBackend::Sqlite => (vec!["rowid", "scope", "words"], vec![Expr::value(scope), Expr::value(text.as_str())]),
        _ => {
            let words = format!("{scope} {}", words_for_postgres(text));
            (vec!["id", "words"], vec![Expr::cust_with_values("array_to_tsvector(string_to_array($1, ' '))", [words])])
        }
    };
    let row = place.row().exprs(words).to_owned();
    let mut insert = Query::insert();
    insert.into_table("listing_text").columns(columns).select_from(row).map_err(Fault::row)?;
    Ok(insert)
}

/// Makes a row no longer findable by its text.
pub(crate) fn remove(backend: DbBackend, place: &Place) -> DeleteStatement {
    let id = match backend {
        DbBackend::Sqlite => "rowid",
        _ => "id",
    };
    Query::delete().from_table("listing_text").and_where(Expr::col(id).eq(place.id())).to_owned()
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
