//! One record by itself, as it stands or as it stood: what is cited and what linked data describes.
//!
//! An earlier revision shows no more than the present one allows: a place that is protected now, or was
//! taken out, is not shown as it was before.

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see, untell};
use stele_model::{AnyId, Body, Location, Sensitivity};
use stele_store::{Revised, Stored};

/// A record without what stands around it.
#[derive(Debug, Clone)]
pub struct Alone {
    /// The record.
    pub record: Shown,
    /// Titles of what it names, and its own.
    pub titles: Titles,
    /// The revision shown.
    pub revised: Revised,
    /// Name of the account that recorded it.
    pub recorder: Option<String>,
    /// Whether a later revision stands.
    pub superseded: bool,
}

impl Registry {
    /// A record, or what one of its revisions said, by the revision's stamp.
    pub fn alone(
        &self,
        viewer: &Viewer,
        id: AnyId,
        as_of: Option<&str>,
        lang: &str,
    ) -> Result<Alone, Refusal> {
        let missing = || match as_of {
            None => Refusal::NotFound(id.to_string()),
            Some(stamp) => {
                let stamp: String = stamp.chars().take(80).collect();
                Refusal::NotFound(format!("{id} of revision {stamp}"))
            }
        };
        let mut alone = self.store.read(|read| {
            let now = read.find(id)?.ok_or_else(missing)?;
            if !may_see(read, viewer, &now)? {
                return Err(missing());
            }
            let wanted = as_of.unwrap_or(&now.stamp);
            let revised = read
                .revisions(id)?
                .into_iter()
                .find(|revised| revised.stamp == wanted)
                .ok_or_else(missing)?;
            let superseded = revised.stamp != now.stamp;
            let record = if superseded {
                let then = read.record_at(&revised)?.ok_or_else(missing)?;
                let mut stored = Stored {
                    body: then.body,
                    stamp: revised.stamp.clone(),
                    withdrawn: then.revision.is_some_and(|r| r.withdrawn),
                    // Computed of the present state, so not of this revision.
                    status: now.status.clone(),
                    summary: String::new(),
                    ..now.clone()
                };
                if !may_see(read, viewer, &stored)? {
                    return Err(missing());
                }
                if !viewer.is_member() {
                    keep_to(&mut stored.body, &now.body);
                }
                let mut shown = Shown::of(viewer, stored);
                if shown.status != "draft" {
                    shown.status.clear();
                }
                shown.ladder = None;
                shown
            } else {
                Shown::of(viewer, now)
            };
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &[&record])?;
            titles.meet(read, viewer, lang, [id])?;
            Ok(Alone {
                record,
                titles,
                revised,
                recorder: None,
                superseded,
            })
        })?;
        alone.recorder = self.account_name(&alone.revised.account)?;
        Ok(alone)
    }
}

/// Takes out of an earlier body what the present one protects.
fn keep_to(then: &mut Body, now: &Body) {
    let present = location(now);
    if let Some(protected) = present.filter(|l| l.sensitivity != Sensitivity::Public) {
        untell(then, protected);
    }
    let open = present.is_some_and(|l| l.sensitivity == Sensitivity::Public);
    let earlier = match then {
        Body::Site(site) => &mut site.location,
        Body::Area(area) => &mut area.location,
        _ => return,
    };
    // Withheld and not generalised: two cells of two grids would narrow the place down.
    if let Some(earlier) = earlier.as_mut().filter(|_| !open) {
        earlier.sensitivity = Sensitivity::Withheld;
    }
}

fn location(body: &Body) -> Option<&Location> {
    match body {
        Body::Site(site) => site.location.as_ref(),
        Body::Area(area) => area.location.as_ref(),
        _ => None,
    }
}
