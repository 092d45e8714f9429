//! The nightly snapshot: a thread of the server that waits for its hour, one snapshot at a time.

use std::time::Duration;
use stele_registry::bulk::snapshot::{Pace, Taken};
use stele_registry::{Refusal, Registry};

/// Longest sleep between two looks at the clock, which may be set and may have stood still.
const LONGEST_SLEEP_MS: u64 = 60_000;
/// How long to wait after one that failed.
const AFTER_FAILURE_MS: u64 = 15 * 60_000;

/// Begins, where the registry's settings say so. It ends with the process; a snapshot it was at is
/// taken away by the next.
pub fn begin(registry: &Registry) {
    if !registry.snapshot_plan().nightly {
        return;
    }
    let registry = registry.clone();
    let begun = std::thread::Builder::new()
        .name("snapshots".into())
        .spawn(move || {
            loop {
                sleep(wait_ms(&registry));
                match registry.snapshot_due_in_ms() {
                    Ok(0) => take(&registry),
                    Ok(_) => {}
                    Err(error) => after_failure(&error),
                }
            }
        });
    if let Err(error) = begun {
        tracing::error!(%error, "nightly snapshots cannot be made");
    }
}

fn wait_ms(registry: &Registry) -> u64 {
    let due = registry.snapshot_due_in_ms();
    due.unwrap_or(LONGEST_SLEEP_MS).min(LONGEST_SLEEP_MS)
}

fn take(registry: &Registry) {
    match registry.take_snapshot(Pace::Gentle, &mut |_| true) {
        Ok(Taken::Made(manifest)) => {
            tracing::info!(name = manifest.name, "a snapshot was made");
        }
        Ok(Taken::Unchanged(name)) => {
            tracing::info!(name, "nothing was recorded since the last snapshot");
        }
        Err(Refusal::Busy(_)) => sleep(LONGEST_SLEEP_MS),
        Err(error) => after_failure(&error),
    }
}

fn after_failure(error: &Refusal) {
    tracing::error!(%error, "the nightly snapshot failed; it is tried again");
    sleep(AFTER_FAILURE_MS);
}

fn sleep(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
