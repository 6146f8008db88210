//! Full text: the one thing that SQLite and PostgreSQL do differently.
//!
//! The domain folds text and cuts it into words of letters and digits, so neither engine's own idea of a word, a case or
//! an accent comes into play. A search gives its rows in the order of lists and never sorts more than it gives, so it
//! costs the same however many rows have the words.
//!
//! SQLite walks along the rows that have the words by their ids, which follow that order ([`crate::place`]).
//!
//! PostgreSQL has an index of words without any order. There a search walks along the newest rows of a view and looks
//! whether they have the words, which is quick for a word that many have; and only where they do not fill the page, the
//! rows behind them are looked up by their words, which is quick for a word that few have.

use std::collections::BTreeSet;

use assets_domain::{SearchTerms, SearchText, View, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::{
    DbBackend,
    sea_query::{
        Asterisk, CommonTableExpression, Condition, DeleteStatement, Expr, ExprTrait, InsertStatement, Order, Query, SelectStatement,
        SimpleExpr, UnionType,
    },
};
use uuid::Uuid;

use crate::{
    entity::{listing, micros},
    error::Fault,
    listing::{Place, code},
};

/// The table, and its columns by which a row is found and lies in its view.
pub(crate) const TEXT: &str = "listing_text";
pub(crate) const ID: (&str, &str) = (TEXT, "id");
pub(crate) const CREATED_AT: (&str, &str) = (TEXT, "created_at");
pub(crate) const ASSET_ID: (&str, &str) = (TEXT, "asset_id");

/// PostgreSQL keeps at most 1 MiB of words for a row, and no word beyond 2046 bytes.
const POSTGRES_WORDS_BYTES: usize = 1 << 19;
const POSTGRES_WORD_BYTES: usize = 1024;
/// How many of the newest rows PostgreSQL looks at before it looks words up. To look at so many costs as much as to look
/// up a word that few enough have not to fill a page with them.
const WALKED_ROWS: u64 = 10_000;
const NEAR: &str = "near";

/// Makes a row findable by its text.
pub(crate) fn insert(backend: DbBackend, place: &Place, created_at: DateTime<Utc>, text: &SearchText) -> Result<InsertStatement, Fault> {
    let scope = scope(backend, place.workspace.as_uuid(), code(place.view));
    let (columns, values) = match backend {
        DbBackend::Sqlite => (vec!["rowid", "scope", "words"], vec![Expr::value(scope), Expr::value(text.as_str())]),
        _ => {
            let words = [vec![scope.as_str()], words_for_postgres(text)].concat().join(" ");
            let words = Expr::cust_with_values("array_to_tsvector(string_to_array($1, ' '))", [words]);
            let values = vec![Expr::value(scope), Expr::value(micros(created_at)), Expr::value(place.asset.as_uuid()), words];
            (vec!["id", "scope", "created_at", "asset_id", "words"], values)
        }
    };
    let row = place.row().exprs(values).to_owned();
    let mut insert = Query::insert();
    insert.into_table(TEXT).columns(columns).select_from(row).map_err(Fault::row)?;
    Ok(insert)
}

/// Makes a row no longer findable by its text.
pub(crate) fn remove(backend: DbBackend, place: &Place) -> DeleteStatement {
    let id = match backend {
        DbBackend::Sqlite => "rowid",
        _ => "id",
    };
    Query::delete().from_table(TEXT).and_where(Expr::col(id).eq(place.id())).to_owned()
}

/// One word that stands for a tenant's view, so that a search begins with the rows of that view alone. No word of a text
/// begins as it does.
///
/// On SQLite it is short, since every beginning of it is kept as well: that it tells two tenants apart is likely, and whose a
/// row is stands in the row.
pub(crate) fn scope(backend: DbBackend, workspace: Uuid, view: i16) -> String {
    let workspace = workspace.simple().to_string();
    match backend {
        DbBackend::Sqlite => format!("={}{view}", workspace.get(27..).unwrap_or_default()),
        _ => format!("={workspace}v{view}"),
    }
}

/// What is looked for, and where.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) view: View,
    pub(crate) terms: &'a SearchTerms,
}

impl Search<'_> {
    /// The rows that have the words, with nothing selected yet.
    ///
    /// SQLite keeps to the order of a cross join, and so goes from the words to the rows: by itself it would rather read
    /// every row and ask whether it has the words.
    pub(crate) fn matching(self, backend: DbBackend) -> SelectStatement {
        let (id, has_words) = match backend {
            DbBackend::Sqlite => ("rowid", Expr::cust_with_values("listing_text MATCH ?", [self.fts5()])),
            _ => ("id", self.has_words()),
        };
        Query::select()
            .from(TEXT)
            .cross_join(listing::Entity)
            .and_where(Expr::col((TEXT, id)).equals((listing::Entity, listing::Column::Id)))
            .and_where(has_words)
            .to_owned()
    }

    /// On PostgreSQL, the newest `limit` rows that have the words: `id`, `created_at` and `asset_id`.
    ///
    /// Both ways in one statement, so that they see the same rows; the second is not gone before the first is known to
    /// have found too few, and to have left rows out.
    pub(crate) fn newest(self, behind: &Condition, limit: u64) -> SelectStatement {
        let mut looked_at = self.in_order(behind.clone());
        looked_at.column((TEXT, "words")).limit(WALKED_ROWS);
        let mut near = Query::select();
        near.columns([ID, CREATED_AT, ASSET_ID]).from_subquery(looked_at, TEXT).and_where(self.has_words());
        newest_first(&mut near).limit(limit);

        let mut edge = self.in_order(behind.clone());
        edge.clear_selects().columns([CREATED_AT, ASSET_ID]).limit(1).offset(WALKED_ROWS - 1);
        let place = Expr::tuple([Expr::col(CREATED_AT), Expr::col(ASSET_ID)]);
        let mut far = self.in_order(behind.clone().add(self.has_words()).add(place.lt(Expr::from(edge.clone()))));
        far.limit(limit);
        let found_near = Query::select().expr(Expr::cust("count(*)")).from(NEAR).to_owned();
        let far = Query::select()
            .expr(Expr::cust("far.*"))
            .from_subquery(far, "far")
            .and_where(Expr::from(found_near).lt(limit))
            .and_where(Expr::exists(edge))
            .to_owned();

        let near = CommonTableExpression::new().query(near).table_name(NEAR).materialized(true).to_owned();
        let mut both = Query::select();
        both.with_cte(near).column(Asterisk).from(NEAR).union(UnionType::All, far);
        both.order_by(CREATED_AT.1, Order::Desc).order_by(ASSET_ID.1, Order::Desc).limit(limit).to_owned()
    }

    fn in_order(self, condition: Condition) -> SelectStatement {
        let mut rows = Query::select();
        rows.columns([ID, CREATED_AT, ASSET_ID])
            .from(TEXT)
            .and_where(Expr::col((TEXT, "scope")).eq(scope(DbBackend::Postgres, self.workspace.as_uuid(), code(self.view))))
            .cond_where(condition);
        newest_first(&mut rows).to_owned()
    }

    /// Words are letters and digits, and quoted besides: nothing in them is syntax.
    fn fts5(self) -> String {
        let scope = format!("\"{}\" AND ", scope(DbBackend::Sqlite, self.workspace.as_uuid(), code(self.view)));
        let words = self.terms.words().iter().fold(scope, |words, word| format!("{words}\"{word}\" AND "));
        format!("{words}\"{}\" *", self.terms.prefix())
    }

    /// The words stand in the statement itself, since PostgreSQL plans by how many rows have them; nothing in them is
    /// syntax.
    fn has_words(self) -> SimpleExpr {
        // It would refuse to look for a word that is too long to be there.
        if self.terms.words().iter().map(String::as_str).chain([self.terms.prefix()]).any(|word| word.len() > POSTGRES_WORD_BYTES) {
            return Expr::value(false);
        }
        let scope = format!("''{}'' & ", scope(DbBackend::Postgres, self.workspace.as_uuid(), code(self.view)));
        let words = self.terms.words().iter().fold(scope, |words, word| format!("{words}''{word}'' & "));
        Expr::cust(format!("words @@ CAST('{words}''{}'':*' AS tsquery)", self.terms.prefix()))
    }
}

fn newest_first(rows: &mut SelectStatement) -> &mut SelectStatement {
    rows.order_by(CREATED_AT, Order::Desc).order_by(ASSET_ID, Order::Desc)
}

fn words_for_postgres(text: &SearchText) -> Vec<&str> {
    let mut left = POSTGRES_WORDS_BYTES;
    // A text may have no word at all, and PostgreSQL takes none that is empty.
    let is_kept = |word: &&str| (1..=POSTGRES_WORD_BYTES).contains(&word.len());
    let words: BTreeSet<&str> = text.as_str().split(' ').filter(is_kept).collect();
    let kept = words.into_iter().take_while(|word| {
        left = left.saturating_sub(word.len().saturating_add(1));
        left > 0
    });
    kept.collect()
}
