//! Texts read in: sent, proposed, decided on.

use super::ById;
use super::operation::{Call, Method, Nothing, Operation, Told, Who};
use crate::decisions::{Decisions, as_fields};
use axum::body::Bytes;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stele_model::{AnyId, EdtfDate, SourceKind};
use stele_registry::intake::{Intake, Item, Known, OpenIntake, Twin};
use stele_registry::{Receipt, Refusal};

/// Largest text, in bytes.
const LARGEST_TEXT_BYTES: usize = 20 * 1024 * 1024;

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::read(
            "/api/intakes",
            Who::Recorder,
            Told {
                id: "list_intakes",
                of: "Texts read in",
                summary: "Texts with proposals that nobody decided on",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/intakes\"",
            },
            list,
        ),
        Operation::upload::<Nothing, TextAsk, IntakeShown>(
            "/api/intakes",
            Who::Recorder,
            StatusCode::CREATED,
            LARGEST_TEXT_BYTES,
            Told {
                id: "read_in",
                of: "Texts read in",
                summary: "Send an article or statement, as the body: plain text or HTML",
                about: "Claims, missions and positions are proposed, each with its passage and its speaker. Nothing is recorded before it is accepted.",
                example: "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/plain' --data-binary 'The Culture Ministry said on 7 May 2021 that 14 museums were destroyed.' \"$STELE/api/intakes?publisher=Example%20News&published=2021-05-08\"",
            },
            read_in,
        ),
        Operation::read(
            "/api/intakes/{id}",
            Who::Recorder,
            Told {
                id: "get_intake",
                of: "Texts read in",
                summary: "A text with its proposals, and what was decided",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" \"$STELE/api/intakes/$INTAKE\"",
            },
            one,
        ),
        Operation::act(
            Method::Post,
            "/api/intakes/{id}/decisions",
            Who::Recorder,
            StatusCode::OK,
            Told {
                id: "decide_intake",
                of: "Texts read in",
                summary: "Accept, change or reject proposals; what is accepted is recorded",
                about: "",
                example: "-H \"Authorization: Bearer $TOKEN\" --json '{\"accept_the_rest\": true}' \"$STELE/api/intakes/$INTAKE/decisions\"",
            },
            decide,
        ),
    ]
}

fn list(call: &Call, _: Nothing, _: Nothing) -> Result<super::Rows<OpenIntake>, Refusal> {
    Ok(super::Rows {
        rows: call.registry.open_intakes(&call.viewer)?,
        next: None,
    })
}

/// What is known of a text, where it does not say so itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
struct TextAsk {
    /// Name of the file.
    name: Option<String>,
    /// Title.
    title: Option<String>,
    /// Who published it, by name.
    publisher: Option<String>,
    /// When (EDTF).
    published: Option<EdtfDate>,
    /// Its address.
    url: Option<String>,
    /// What it is.
    kind: Option<SourceKind>,
}

/// A text with its proposals.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Intake")]
struct IntakeShown {
    /// Its id.
    id: AnyId,
    /// The source as it would be recorded.
    source: SourceTold,
    /// The proposals, in the order of the text.
    proposals: Vec<Item>,
    /// Proposals not decided on.
    open: usize,
    /// A source with the same text, or nearly.
    twin: Option<Twin>,
    /// The source that was recorded.
    recorded_source: Option<AnyId>,
    /// What this request recorded.
    receipt: Option<Receipt>,
}

/// A source as it would be recorded, without its text.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "IntakeSource")]
struct SourceTold {
    title: String,
    /// Whether the text has no title of its own.
    title_guessed: bool,
    kind: SourceKind,
    publisher: Option<String>,
    published: Option<EdtfDate>,
    author: Option<String>,
    language: Option<String>,
    url: Option<String>,
    original_name: String,
    media_type: String,
    sha256: String,
    size_bytes: u64,
    /// How long the text is; passages count in these.
    characters: usize,
}

fn shown(intake: Intake, receipt: Option<Receipt>) -> IntakeShown {
    let open = intake.open();
    let s = intake.source;
    IntakeShown {
        id: intake.id,
        source: SourceTold {
            characters: s.text.chars().count(),
            title: s.title,
            title_guessed: s.title_guessed,
            kind: s.kind,
            publisher: s.publisher,
            published: s.published,
            author: s.author,
            language: s.language,
            url: s.url,
            original_name: s.original_name,
            media_type: s.media_type,
            sha256: s.sha256,
            size_bytes: s.size_bytes,
        },
        proposals: intake.proposals,
        open,
        twin: intake.twin,
        recorded_source: intake.recorded_source,
        receipt,
    }
}

fn read_in(call: &Call, ask: TextAsk, bytes: Bytes) -> Result<IntakeShown, Refusal> {
    let name = ask.name.unwrap_or_else(|| "text.txt".into());
    let known = Known {
        title: ask.title,
        publisher: ask.publisher,
        published: ask.published,
        url: ask.url,
        kind: ask.kind,
    };
    let intake = call
        .registry
        .read_in(call.account()?, &bytes, &name, known)?;
    Ok(shown(intake, None))
}

fn one(call: &Call, path: ById, _: Nothing) -> Result<IntakeShown, Refusal> {
    let intake = call.registry.intake(&call.viewer, &path.id.to_string())?;
    Ok(shown(intake, None))
}

fn decide(call: &Call, path: ById, decisions: Decisions) -> Result<IntakeShown, Refusal> {
    let mut intake = call.registry.intake(&call.viewer, &path.id.to_string())?;
    let wrong = decisions.put_into(&mut intake);
    if !wrong.is_empty() {
        return Err(Refusal::Fields(as_fields(wrong, &intake)));
    }
    let (intake, receipt) = call.registry.decide(call.account()?, intake)?;
    Ok(shown(intake, receipt))
}
