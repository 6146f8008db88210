//! What [`Remarks`](assets_domain::ports::Remarks) promises: what is said stays with its asset, in order, and is heard in its tenant
//! alone.

use assets_domain::{
    Anchor, Asset, Remark, RemarkId, WorkspaceId,
    ports::{Beginning, Begun, Receipt, ReceiptId},
};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::remarks`](crate::suites::remarks).
#[macro_export]
macro_rules! remarks_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            remarks,
            $make,
            [
                what_is_said_comes_back_from_the_newest,
                of_what_is_not_there_nothing_is_said,
                what_was_said_goes_with_its_asset,
                the_answer_is_kept_with_what_is_said,
                another_tenant_hears_nothing,
            ]
        );
    };
}

fn remark(bench: &Bench, asset: &Asset, number: u128) -> Remark {
    let latest = asset.latest();
    Remark {
        workspace: asset.parts().workspace,
        id: RemarkId::new(Uuid::from_u128(number)),
        asset: asset.id(),
        version: latest.number,
        digest: latest.content.digest,
        anchor: number.is_multiple_of(2).then_some(Anchor::Text { start: 0, end: 3, quote: None }),
        text: fixtures::said(&format!("remark {number}")),
        by: bench.reviewer().actor,
        at: bench.now() + TimeDelta::seconds(1),
    }
}

/// Whole, and page by page.
pub async fn what_is_said_comes_back_from_the_newest(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (asset, other) = (bench.copy("Spring", "one").await, bench.copy("Summer", "two").await);
    let remarks = &bench.repositories.remarks;
    let said: Vec<Remark> = (1..=3).map(|number| remark(&bench, &asset, number)).collect();
    for one in said.iter().chain([&remark(&bench, &other, 9)]) {
        assert!(remarks.add(one, None).await.unwrap());
    }
    let page = async |after, limit| remarks.remarks(bench.workspace, asset.id(), after, limit).await.unwrap();
    assert_eq!(page(None, 2).await, [said[2].clone(), said[1].clone()]);
    assert_eq!(page(Some(said[1].id), 2).await, [said[0].clone()]);
}

/// Nothing is kept of an asset that is not there.
pub async fn of_what_is_not_there_nothing_is_said(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    bench.delete(&asset).await;
    assert!(!bench.repositories.remarks.add(&remark(&bench, &asset, 1), None).await.unwrap());
}

/// An asset that is deleted leaves nothing behind.
pub async fn what_was_said_goes_with_its_asset(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    assert!(bench.repositories.remarks.add(&remark(&bench, &asset, 1), None).await.unwrap());
    bench.delete(&asset).await;
    assert_eq!(bench.repositories.remarks.remarks(bench.workspace, asset.id(), None, 9).await.unwrap(), []);
}

/// A repetition of the request is answered likewise.
pub async fn the_answer_is_kept_with_what_is_said(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let (id, now) = (ReceiptId::new([1; 32]), bench.now());
    let beginning = Beginning { workspace: bench.workspace, id, body: [2; 32], now, stale_before: now, forget_before: now };
    assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Fresh);
    let receipt = Receipt { id, answer: b"said".to_vec() };
    assert!(bench.repositories.remarks.add(&remark(&bench, &asset, 1), Some(&receipt)).await.unwrap());
    assert_eq!(bench.repositories.receipts.begin(beginning).await.unwrap(), Begun::Answered(b"said".to_vec()));
}

/// By the same id, another tenant's asset is not there.
pub async fn another_tenant_hears_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let remarks = &bench.repositories.remarks;
    assert!(remarks.add(&remark(&bench, &asset, 1), None).await.unwrap());
    let other: WorkspaceId = bench.add_workspace("other").await;
    assert_eq!(remarks.remarks(other, asset.id(), None, 9).await.unwrap(), []);
    assert!(!remarks.add(&Remark { workspace: other, ..remark(&bench, &asset, 2) }, None).await.unwrap());
}
