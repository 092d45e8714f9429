//! `stele ingest`: a text is read, its records proposed, and recorded when told so.

use super::{Done, OK, input, local_viewer};
use crate::args::Accept;
use crate::print;
use serde_json::json;
use std::path::Path;
use stele_formats::Proposed;
use stele_model::{SourceKind, Word};
use stele_registry::intake::{Intake, Known};
use stele_registry::{Refusal, Registry};

/// What the arguments tell of the text.
pub fn known(
    publisher: Option<String>,
    title: Option<String>,
    published: Option<String>,
    url: Option<String>,
    kind: Option<String>,
) -> Result<Known, Refusal> {
    let published = published
        .map(|text| {
            text.parse()
                .map_err(|e| Refusal::field("--published", format!("{e}")))
        })
        .transpose()?;
    let kind = kind
        .map(|text| {
            text.parse::<SourceKind>()
                .map_err(|e| Refusal::field("--kind", e.to_string()))
        })
        .transpose()?;
    Ok(Known {
        title,
        publisher,
        published,
        url,
        kind,
    })
}

/// Reads a text in.
pub fn ingest(
    registry: &Registry,
    account: Option<&str>,
    file: &Path,
    known: Known,
    propose: bool,
    accept: Option<Accept>,
    as_json: bool,
) -> Done {
    let size = std::fs::metadata(file).map_or(0, |m| m.len());
    if size > stele_formats::article::LARGEST_BYTES as u64 {
        return Err(Refusal::Unreadable(
            stele_formats::Unreadable::TooLarge(size as usize).to_string(),
        ));
    }
    let bytes = input(file)?;
    let name = file
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    if propose {
        let intake = registry.preview(&bytes, &name, known)?;
        show(&intake, as_json, None);
        return OK;
    }
    let actor = registry.acting(account)?;
    let Some(Accept::All) = accept else {
        let intake = registry.read_in(&actor, &bytes, &name, known)?;
        let _ = local_viewer(registry)?;
        show(
            &intake,
            as_json,
            Some(&format!(
                "Decide on them at /read-in/{}, or run again with --accept all.",
                intake.id
            )),
        );
        return OK;
    };
    let intake = registry.preview(&bytes, &name, known)?;
    if let Some(twin) = intake.twin.as_ref().filter(|_| intake.is_known()) {
        match as_json {
            true => print::json(&json!({"duplicate_of": twin, "recorded": 0})),
            false => print::line(&format!(
                "This text was read in before, as “{}” ({}). Nothing was recorded again.",
                twin.title, twin.source
            )),
        }
        return OK;
    }
    registry.keep_file(&actor, bytes.as_slice())?;
    let (intake, receipt) = registry.accept_all(&actor, intake)?;
    let recorded = receipt.as_ref().map_or(0, |r| r.ids.len());
    match as_json {
        true => print::json(
            &json!({"source": intake.recorded_source, "recorded": recorded, "entry": receipt.as_ref().map(|r| r.entry), "ids": receipt.map(|r| r.ids), "copy_of": intake.twin}),
        ),
        false => {
            print::line(&format!(
                "Recorded {recorded} records in one entry, from {} proposals.",
                intake.proposals.len()
            ));
            if let Some(twin) = &intake.twin {
                print::line(&format!(
                    "The text is a copy of “{}” ({} of 1,000 runs of words in common); they share one origin.",
                    twin.title, twin.alike_permille
                ));
            }
        }
    }
    OK
}

fn show(intake: &Intake, as_json: bool, next: Option<&str>) {
    if as_json {
        let mut value = intake.to_json();
        if next.is_some() {
            value["intake"] = json!(intake.id);
        }
        print::json(&value);
        return;
    }
    print::line(&intake.source.title);
    if intake.proposals.is_empty() {
        print::line(
            "No records are proposed: no claim was found that could be attributed surely. The text can be read by a person and recorded by hand.",
        );
    }
    for item in &intake.proposals {
        let p = &item.proposal;
        let what = match &p.what {
            Proposed::Claim {
                predicate,
                words,
                aggregate,
                site,
                ..
            } => {
                let (about, says) = match (aggregate, site) {
                    (Some(a), _) => (
                        format!("{} {}", a.count.in_words(), a.category.label()),
                        predicate.label_of_many(),
                    ),
                    (_, Some(s)) => (s.name.clone(), predicate.label().to_owned()),
                    _ => (String::new(), predicate.label().to_owned()),
                };
                format!("claim      {about}: {says} “{words}”")
            }
            Proposed::Position { position, .. } => format!("position   {position}"),
            Proposed::Mission {
                organisations,
                stage,
                ..
            } => format!("mission    {}: {}", organisations.join(", "), stage.label()),
            Proposed::Instrument { name, .. } => format!("instrument {name}"),
            Proposed::Area { name, kind } => format!("area       {name} ({})", kind.label()),
        };
        print::line(&format!("  {what}  — {}", p.party.name));
        if let Some(earlier) = &item.earlier {
            print::line(&format!(
                "             {} {}",
                earlier.kind.label(),
                earlier.words
            ));
        }
    }
    if let Some(twin) = &intake.twin {
        print::line(&format!(
            "The text is {} “{}” ({}).",
            if intake.is_known() {
                "the same as"
            } else {
                "a copy of"
            },
            twin.title,
            twin.source
        ));
    }
    if let Some(next) = next {
        print::line(next);
    }
}
