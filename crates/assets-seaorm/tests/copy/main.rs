//! An installation is taken to another place whole, or it is said what is not.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "this is test code: what cannot be must stop the test"
)]

#[path = "../support/server.rs"]
mod server;
mod studio;

use std::time::Duration;

use assets_domain::{
    Grantor,
    ports::{Begun, ReceiptId},
};
use assets_seaorm::CopyError;

use studio::Studio;

/// Which engine a studio keeps its rows in.
#[derive(Clone, Copy)]
enum Engine {
    Sqlite,
    Postgres,
}

macro_rules! ways {
    ($( $test:ident ),* $(,)?) => {
        mod sqlite_to_sqlite {
            $( #[tokio::test] async fn $test() { super::$test(super::Engine::Sqlite, super::Engine::Sqlite).await } )*
        }
        mod sqlite_to_postgres {
            $( #[tokio::test] #[ignore = "needs PostgreSQL"]
            async fn $test() { super::$test(super::Engine::Sqlite, super::Engine::Postgres).await } )*
        }
        mod postgres_to_sqlite {
            $( #[tokio::test] #[ignore = "needs PostgreSQL"]
            async fn $test() { super::$test(super::Engine::Postgres, super::Engine::Sqlite).await } )*
        }
    };
}

ways!(
    everything_comes_over_exactly,
    an_answered_request_is_not_carried_out_again,
    a_second_run_copies_what_changed_and_nothing_else,
    a_run_that_was_cut_off_is_gone_on_with,
    what_is_written_meanwhile_belongs_to_the_next_run,
    damaged_bytes_are_named_and_left_out,
    a_copy_that_can_no_longer_be_brought_up_to_date_goes,
    a_destination_with_a_life_of_its_own_is_left_as_it_is,
    a_key_that_was_revoked_at_the_destination_stays_revoked,
    two_copies_at_once_are_one_too_many,
    it_comes_back_as_it_went,
    a_source_without_a_schema_is_refused,
    more_assets_than_one_batch_come_over_and_go_again,
);

async fn everything_comes_over_exactly(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let report = source.copier(&destination).copy().await.unwrap();
    assert_eq!((report.copied, report.up_to_date, report.deleted, report.faults.len()), (8, 0, 0, 0), "{report:?}");
    assert_eq!(destination.portrait().await, source.portrait().await);
    assert!(report.files > 0 && report.bytes > 0 && report.events > 0 && report.keys == 2, "{report:?}");
    let fsck = destination.housekeeper().fsck().await.unwrap();
    assert!(fsck.is_sound() && fsck.orphans == 0, "{fsck:?}");
}

async fn an_answered_request_is_not_carried_out_again(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let [answered, running] = [ReceiptId::new([1; 32]), ReceiptId::new([2; 32])];
    source.answer(answered, b"the answer").await;
    assert_eq!(source.repeat(running).await, Begun::Fresh);
    for _ in 0..2 {
        source.copier(&destination).copy().await.unwrap();
    }
    assert_eq!(destination.repeat(answered).await, Begun::Answered(b"the answer".to_vec()));
    assert_eq!(destination.repeat(running).await, Begun::Fresh, "what runs elsewhere runs there");
}

async fn a_second_run_copies_what_changed_and_nothing_else(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    source.copier(&destination).copy().await.unwrap();
    let nothing = source.copier(&destination).copy().await.unwrap();
    assert_eq!((nothing.copied, nothing.up_to_date, nothing.files, nothing.events), (0, 8, 0, 0), "{nothing:?}");
    let drafts = source.ids_of_drafts().await;
    source.remark(drafts[0], "of this version").await;
    source.add_version(drafts[0], "another text").await;
    source.delete(drafts[1]).await;
    source.retitle(drafts[2], "Élan vital").await;
    source.create("entirely new").await;
    let report = source.copier(&destination).copy().await.unwrap();
    assert_eq!((report.copied, report.up_to_date, report.deleted, report.files, report.events), (3, 5, 1, 2, 4), "{report:?}");
    assert_eq!(destination.portrait().await, source.portrait().await);
    assert_eq!(destination.found("vital").await, [drafts[2]]);
}

async fn a_run_that_was_cut_off_is_gone_on_with(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    for number in 0..20 {
        source.create(&format!("text {number}")).await;
    }
    let mut files = 0;
    for limit in [2, 3] {
        let copier = source.copier_through(&destination, Duration::from_millis(10));
        let progress = copier.progress();
        let carried = async {
            while progress.carried().0 < limit {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            biased;
            () = carried => {}
            done = copier.copy() => panic!("it came to its end: {done:?}"),
        }
        files += progress.carried().0;
    }
    // What was dropped in the midst of it may still be on its way to its end.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let report = source.copier(&destination).copy().await.unwrap();
    assert!(report.files > 0 && report.files + files <= source.blobs.keys().len().try_into().unwrap(), "carried twice: {report:?}");
    assert_eq!(destination.portrait().await, source.portrait().await);
    assert!(destination.housekeeper().fsck().await.unwrap().is_sound());
}

async fn what_is_written_meanwhile_belongs_to_the_next_run(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let before = source.portrait().await;
    let slow = source.copier_through(&destination, Duration::from_millis(20));
    let progress = slow.progress();
    let write = async {
        while progress.expected() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        source.create("written meanwhile").await;
        source.add_version(source.ids_of_drafts().await[1], "changed meanwhile").await;
    };
    let (report, ()) = tokio::join!(slow.copy(), write);
    assert_eq!(report.unwrap().copied, 8);
    assert_eq!(destination.portrait().await, before);
    source.copier(&destination).copy().await.unwrap();
    assert_eq!(destination.portrait().await, source.portrait().await);
}

async fn damaged_bytes_are_named_and_left_out(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let damaged =
        [source.create("flipped").await, source.create("cut short").await, source.create("grown").await, source.create("gone").await];
    source.damage(b"flipped", Some(b"flippeD")).await;
    source.damage(b"cut short", Some(b"cut")).await;
    source.damage(b"grown", Some(b"grown too long")).await;
    source.damage(b"gone", None).await;
    let report = source.copier(&destination).copy().await.unwrap();
    let mut named: Vec<_> = report.faults.iter().map(|fault| fault.asset).collect();
    named.sort();
    assert_eq!(named, damaged, "{report:?}");
    assert!(report.faults.iter().all(|fault| fault.workspace == "acme" && !fault.why.is_empty()), "{report:?}");
    assert_eq!(report.copied, 8);
    let fsck = destination.housekeeper().fsck().await.unwrap();
    assert!(fsck.is_sound() && fsck.orphans == 0, "{fsck:?}");
    source.damage(b"gone", Some(b"gone")).await;
    assert_eq!(source.copier(&destination).copy().await.unwrap().copied, 1, "what was mended comes over");
}

async fn a_copy_that_can_no_longer_be_brought_up_to_date_goes(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let asset = source.create("first").await;
    source.approve(asset).await;
    source.copier(&destination).copy().await.unwrap();
    source.revoke(asset).await;
    source.add_version(asset, "second").await;
    source.damage(b"second", None).await;
    let report = source.copier(&destination).copy().await.unwrap();
    assert_eq!(report.faults.len(), 1, "{report:?}");
    assert!(destination.history(asset).await.is_none(), "an approval that was taken back would stand");
}

async fn a_destination_with_a_life_of_its_own_is_left_as_it_is(from: Engine, to: Engine) {
    let (source, stranger) = (Studio::filled(from).await, Studio::filled(to).await);
    let before = stranger.portrait().await;
    stranger.add_version(stranger.ids_of_drafts().await[0], "ahead").await;
    let ahead = stranger.portrait().await;
    assert_ne!(before, ahead);
    let refused = source.copier(&stranger).copy().await.unwrap_err();
    assert!(matches!(&refused, CopyError::OwnLife(what) if what.contains("\"acme\"")), "{refused}");
    assert_eq!(stranger.portrait().await, ahead);

    let other = Studio::empty(to).await;
    other.keyring.create_workspace("theirs".parse().unwrap()).await.unwrap().unwrap();
    let refused = source.copier(&other).copy().await.unwrap_err();
    assert!(matches!(&refused, CopyError::OwnLife(what) if what.contains("\"theirs\"")), "{refused}");
}

async fn a_key_that_was_revoked_at_the_destination_stays_revoked(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    source.copier(&destination).copy().await.unwrap();
    let keys = destination.keyring.list(Grantor::Operator(source.workspace)).await.unwrap();
    let live = keys.iter().find(|key| key.revoked_at.is_none()).unwrap();
    destination.keyring.revoke_anywhere(&live.actor.key_prefix).await.unwrap();
    let refused = source.copier(&destination).copy().await.unwrap_err();
    assert!(matches!(&refused, CopyError::OwnLife(what) if what.contains(live.actor.key_prefix.as_str())), "{refused}");
    // Revoked here as well, it is told of there in words of its own, which nothing may take the place of.
    source.keyring.revoke_anywhere(&live.actor.key_prefix).await.unwrap();
    let refused = source.copier(&destination).copy().await.unwrap_err();
    assert!(matches!(&refused, CopyError::OwnLife(what) if what.contains("audit")), "{refused}");
    let keys = destination.keyring.list(Grantor::Operator(source.workspace)).await.unwrap();
    assert!(keys.iter().all(|key| key.actor.key_prefix != live.actor.key_prefix || key.revoked_at.is_some()));
}

async fn two_copies_at_once_are_one_too_many(from: Engine, to: Engine) {
    let (source, destination) = (Studio::filled(from).await, Studio::empty(to).await);
    let slow = source.copier_through(&destination, Duration::from_millis(20));
    let progress = slow.progress();
    let second = async {
        while progress.expected() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        source.copier(&destination).copy().await
    };
    let (first, second) = tokio::join!(slow.copy(), second);
    first.unwrap();
    assert!(matches!(second, Err(CopyError::Busy)), "{second:?}");
    source.copier(&destination).copy().await.expect("the lock goes with the copy");
}

async fn it_comes_back_as_it_went(from: Engine, to: Engine) {
    let (source, there, back) = (Studio::filled(from).await, Studio::empty(to).await, Studio::empty(from).await);
    source.copier(&there).copy().await.unwrap();
    there.copier(&back).copy().await.unwrap();
    assert_eq!(back.portrait().await, source.portrait().await);
}

async fn a_source_without_a_schema_is_refused(from: Engine, to: Engine) {
    let (bare, destination) = (Studio::bare(from).await, Studio::empty(to).await);
    let refused = bare.copier(&destination).copy().await.unwrap_err();
    assert!(matches!(refused, CopyError::Schema(_)), "{refused}");
}

async fn more_assets_than_one_batch_come_over_and_go_again(from: Engine, to: Engine) {
    let (source, destination) = (Studio::empty_tenant(from).await, Studio::empty(to).await);
    let mut assets = Vec::new();
    for number in 0..450 {
        assets.push(source.create(&format!("text {}", number % 40)).await);
    }
    assert_eq!(source.copier(&destination).copy().await.unwrap().copied, 450);
    assert_eq!(destination.portrait().await, source.portrait().await);
    for asset in &assets[..430] {
        source.delete(*asset).await;
    }
    let report = source.copier(&destination).copy().await.unwrap();
    assert_eq!((report.deleted, report.up_to_date, report.copied), (430, 20, 0), "{report:?}");
    assert_eq!(destination.portrait().await, source.portrait().await);
}
