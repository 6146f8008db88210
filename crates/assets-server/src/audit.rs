//! The audit in the background: refusals are written, entries sealed, and how far they go is noted.

use std::{sync::Arc, time::Duration};

use assets_domain::{
    Auditor, Refusals, SealReport, SignedCheckpoint,
    ports::{Clock, Work},
};
use chrono::TimeDelta;
use tokio::sync::Notify;

use crate::rota::Rota;

/// How often a process looks whether there is anything to seal.
const SEAL_EVERY: Duration = Duration::from_secs(2);
/// How often refusals are written.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Seals what there is to seal, and notes how far the audit goes, in turns with all other processes.
pub(crate) async fn seal(rota: Rota, auditor: Auditor) {
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        // Whoever has nothing to do takes no lease: that would be written to the disk, every time.
        let turn = match auditor.is_due().await {
            Ok(false) => continue,
            Ok(true) => rota.turn(Work::Seal, TimeDelta::zero(), auditor.seal(false)).await,
            Err(breakage) => Err(breakage),
        };
        match turn {
            Ok(None) => {}
            Ok(Some(SealReport { noted, broken, .. })) => {
                for SignedCheckpoint { checkpoint, signed } in noted {
                    let (workspace, sequence, hash) = (checkpoint.workspace, checkpoint.sequence, checkpoint.hash);
                    tracing::info!(%workspace, sequence, %hash, signed, "audit checkpoint");
                }
                for workspace in broken {
                    tracing::error!(%workspace, "the audit cannot be sealed, an entry is missing; assets fsck --audit says more");
                }
            }
            Err(breakage) => tracing::error!(error = %breakage, "the audit was not sealed, which is tried again"),
        }
    }
}

/// Writes refusals as they come, and when it is to stop, all that wait. What is being written then is written to its end.
pub(crate) async fn write_refusals(refusals: Arc<Refusals>, auditor: Auditor, clock: Arc<dyn Clock>, stop: Arc<Notify>) {
    loop {
        let is_at_end = tokio::select! {
            () = tokio::time::sleep(WRITE_EVERY) => false,
            () = stop.notified() => true,
        };
        write(&refusals, &auditor, &*clock, is_at_end).await;
        if is_at_end {
            return;
        }
    }
}

/// Writes the refusals that wait; all of them when the process ends.
async fn write(refusals: &Refusals, auditor: &Auditor, clock: &dyn Clock, at_end: bool) {
    for (workspace, entries) in refusals.take(clock.now(), at_end) {
        let number = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if let Err(breakage) = auditor.append(workspace, &entries).await {
            tracing::error!(%workspace, entries = number, error = %breakage, "refusals were not written, and are counted alone");
            refusals.lose(workspace, entries.iter().map(|entry| entry.act.refusals()).sum());
        }
    }
}
