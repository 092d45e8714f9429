//! Statements: who said, observed, decided or concluded what of which record. Each is a crm:E13
//! attribute assignment, which says that an attribute was given and by whom, never that it holds; no
//! triple here has the thing spoken of as its subject. Only a published finding has a condition state
//! (crm:E3), and it too hangs at the finding and not at the site.

use super::graph::{At, Graph};
use super::terms::{crm, dct, prov, rdfs, schema, stele};
use super::{Base, Piece, things::passage};
use oxrdf::NamedNode;
use stele_model::*;

/// What a claim's node says of itself, for readers who look at nothing else.
const NO_FINDING: &str =
    "What the party says. A claim, not a finding: this registry does not say that it is so.";
const OBSERVATION: &str =
    "One observation, at one time, by one method; not a conclusion of this registry.";

pub(super) fn statement(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>) {
    let base = graph.base().clone();
    let party = |id: Id<Party>| base.of(id);
    let source = |id: Id<Source>| base.of(id);
    let any = |id: AnyId| (piece.kind_of)(id).map(|kind| base.record(kind, id));
    match piece.body {
        Body::Claim(b) => claim(graph, me, b),
        Body::Assessment(b) => assessment(graph, me, b),
        Body::Finding(b) => finding(graph, me, piece, b),
        Body::Retraction(b) => {
            said(graph, me, Some(party(b.party)), Some(source(b.source)))
                .english(rdfs("label"), "retraction of a claim by its party")
                .to(crm("P140_assigned_attribute_to"), base.of(b.claim))
                .plain(crm("P3_has_note"), &b.words)
                .when(b.stated.as_ref());
            if let Some(found) = &b.passage {
                passage(graph, me, source(b.source), found);
            }
        }
        Body::Position(b) => {
            let mut at = said(graph, me, Some(party(b.actor)), Some(source(b.source)))
                .english(rdfs("label"), &format!("position on {}", b.issue.label()))
                .maybe_to(crm("P140_assigned_attribute_to"), any(b.about))
                .to(crm("P2_has_type"), base.word(b.issue))
                .plain(crm("P3_has_note"), &b.position)
                .maybe_plain(stele(&base, "words"), b.words.as_deref())
                .when(b.since.as_ref());
            for awaited in &b.awaits {
                at = at.to(stele(&base, "awaits"), party(*awaited));
            }
            if let Some(found) = &b.passage {
                passage(graph, me, source(b.source), found);
            }
        }
        Body::Reply(b) => {
            said(graph, me, Some(party(b.party)), Some(source(b.source)))
                .english(rdfs("label"), "reply")
                .maybe_to(crm("P140_assigned_attribute_to"), any(b.to))
                .plain(crm("P3_has_note"), &b.text)
                .when(b.stated.as_ref());
        }
        Body::Link(b) => {
            // A decision on how two records stand, and no owl:sameAs: it may be undone.
            let mut at = said(graph, me, Some(base.registry()), None)
                .english(rdfs("label"), b.kind.label())
                .maybe_to(crm("P140_assigned_attribute_to"), any(b.from))
                .maybe_to(crm("P141_assigned"), any(b.to))
                .to(crm("P177_assigned_property_of_type"), base.word(b.kind));
            for reason in &b.reasons {
                at = at.plain(stele(&base, "reasons"), reason);
            }
            if let Some(score) = b.score_permille {
                at = at.number(stele(&base, "likelihoodPermille"), u64::from(score));
            }
            at.maybe_to(dct("replaces"), b.undoes.map(|id| base.of(id)));
        }
        Body::Review(b) => {
            said(graph, me, b.affiliation.map(party), None)
                .english(rdfs("label"), "review of a finding")
                .to(crm("P140_assigned_attribute_to"), base.of(b.finding))
                .to(crm("P141_assigned"), base.word(b.decision))
                .plain(crm("P3_has_note"), &b.reason);
        }
        Body::Publication(b) => {
            graph
                .at(me)
                .is(prov("Activity"))
                .is(crm("E7_Activity"))
                .english(rdfs("label"), "publication of a finding")
                .to(crm("P14_carried_out_by"), base.registry())
                .to(crm("P16_used_specific_object"), base.of(b.finding))
                .plain(crm("P3_has_note"), &format!("policy {}", b.policy))
                .when(Some(&b.on));
        }
        Body::MissionStep(b) => {
            let mut at = said(
                graph,
                me,
                Some(party(b.according_to)),
                Some(source(b.source)),
            )
            .english(rdfs("label"), &format!("mission: {}", b.stage.label()))
            .to(crm("P140_assigned_attribute_to"), base.of(b.mission))
            .to(crm("P141_assigned"), base.word(b.stage))
            .maybe_plain(crm("P3_has_note"), b.note.as_deref())
            .maybe_to(stele(&base, "organisation"), b.organisation.map(party))
            .date(stele(&base, "event"), Some(&b.on));
            for awaited in &b.awaits {
                at = at.to(stele(&base, "awaits"), party(*awaited));
            }
            if let Some(found) = &b.passage {
                passage(graph, me, source(b.source), found);
            }
        }
        Body::Adherence(b) => {
            said(graph, me, None, Some(source(b.source)))
                .english(rdfs("label"), b.act.label())
                .to(crm("P140_assigned_attribute_to"), party(b.state))
                .to(crm("P141_assigned"), base.word(b.act))
                .to(stele(&base, "instrument"), base.of(b.instrument))
                .maybe_plain(crm("P3_has_note"), b.declaration.as_deref())
                .date(stele(&base, "event"), Some(&b.on));
        }
        Body::Protection(b) => {
            said(graph, me, None, Some(source(b.source)))
                .english(
                    rdfs("label"),
                    &format!("{}: {}", b.level.label(), b.state.label()),
                )
                .to(crm("P140_assigned_attribute_to"), base.of(b.site))
                .to(crm("P141_assigned"), base.word(b.level))
                .to(crm("P2_has_type"), base.word(b.state))
                .maybe_to(
                    stele(&base, "instrument"),
                    b.instrument.map(|id| base.of(id)),
                )
                .date(stele(&base, "event"), b.on.as_ref())
                .english(
                    rdfs("comment"),
                    "According to the source. Prejudices nobody's legal position.",
                );
        }
        _ => {}
    }
}

/// The frame of every statement: an attribute assignment, by whom, documented where.
fn said<'g>(
    graph: &'g mut Graph,
    me: &NamedNode,
    by: Option<NamedNode>,
    source: Option<NamedNode>,
) -> At<'g> {
    graph
        .at(me)
        .is(crm("E13_Attribute_Assignment"))
        .is(prov("Activity"))
        .maybe_to(crm("P14_carried_out_by"), by.clone())
        .maybe_to(prov("wasAssociatedWith"), by)
        .maybe_to(crm("P70i_is_documented_in"), source)
}

fn claim(graph: &mut Graph, me: &NamedNode, b: &Claim) {
    let base: Base = graph.base().clone();
    let source = base.of(b.source);
    let subject = match b.subject {
        Subject::Site(id) => base.of(id),
        Subject::Aggregate(id) => base.of(id),
    };
    let mut at = said(graph, me, Some(base.of(b.party)), Some(source.clone()))
        .is(schema("Claim"))
        .english(rdfs("label"), &format!("claim: {}", b.predicate.label()))
        .english(rdfs("comment"), NO_FINDING)
        .to(crm("P140_assigned_attribute_to"), subject)
        .to(crm("P141_assigned"), base.word(b.predicate))
        .plain(stele(&base, "words"), &b.words)
        .to(schema("author"), base.of(b.party))
        .to(schema("appearance"), source.clone())
        .when(b.stated.as_ref())
        .date(stele(&base, "event"), b.event.as_ref())
        .date(dct("temporal"), b.scope.period.as_ref())
        .maybe_plain(
            stele(&base, "countingRule"),
            b.scope.counting_rule.as_deref(),
        )
        .maybe_plain(stele(&base, "assertedCause"), b.asserted_cause.as_deref())
        .maybe_plain(
            stele(&base, "assertedResponsible"),
            b.asserted_perpetrator.as_deref(),
        )
        .maybe_plain(
            stele(&base, "assertedCharacterisation"),
            b.asserted_characterisation.as_deref(),
        );
    for area in &b.scope.areas {
        at = at.to(stele(&base, "scopeArea"), base.of(*area));
    }
    if let Some(found) = &b.passage {
        passage(graph, me, source, found);
    }
}

fn assessment(graph: &mut Graph, me: &NamedNode, b: &Assessment) {
    let base: Base = graph.base().clone();
    let site = base.of(b.site);
    let mut at = said(
        graph,
        me,
        Some(base.of(b.organisation)),
        b.source.map(|id| base.of(id)),
    )
    .is(crm("E14_Condition_Assessment"))
    .english(rdfs("label"), &format!("assessment: {}", b.grade.label()))
    .english(rdfs("comment"), OBSERVATION)
    .to(crm("P34_concerned"), site.clone())
    .to(crm("P140_assigned_attribute_to"), site)
    .to(crm("P141_assigned"), base.word(b.grade))
    .to(stele(&base, "certainty"), base.word(b.certainty))
    .to(stele(&base, "method"), base.word(b.method))
    .plain(stele(&base, "examined"), &b.examined)
    .maybe_plain(stele(&base, "notExamined"), b.not_examined.as_deref())
    .when(Some(&b.observed));
    if let Some(native) = &b.native {
        let text = format!("{}: {}", native.scale.label(), native.value);
        at = at.plain(stele(&base, "nativeGrade"), &text);
    }
    for cause in &b.causes {
        at = at.to(stele(&base, "physicalCause"), base.word(cause.cause));
    }
    for file in &b.evidence {
        at = at.to(stele(&base, "restsOn"), base.of(*file));
    }
}

fn finding(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>, b: &Finding) {
    let base: Base = graph.base().clone();
    let site = base.of(b.site);
    let published = !matches!(piece.status, "draft" | "");
    let by = published.then(|| base.registry());
    let mut at = said(graph, me, by, None)
        .is(crm("E14_Condition_Assessment"))
        .english(rdfs("label"), &format!("finding: {}", b.conclusion.label()))
        .to(crm("P34_concerned"), site)
        .plain(crm("P3_has_note"), &b.rationale)
        .to(stele(&base, "standard"), base.word(b.standard))
        .when(Some(&b.as_at))
        .maybe_to(dct("replaces"), b.supersedes.map(|id| base.of(id)));
    for assessment in &b.assessments {
        at = at.to(stele(&base, "restsOn"), base.of(*assessment));
    }
    for claim in &b.claims {
        at = at.to(stele(&base, "judges"), base.of(*claim));
    }
    // A draft has concluded nothing yet; one that was superseded does not hold any more.
    if published && piece.status != "superseded" {
        let state = graph.part(me, "condition");
        graph.at(me).to(crm("P35_has_identified"), state.clone());
        graph
            .at(&state)
            .is(crm("E3_Condition_State"))
            .to(crm("P2_has_type"), base.word(b.conclusion))
            .date(dct("valid"), b.window.as_ref());
    }
}
