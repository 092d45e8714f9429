//! Rule 1: when a finding may be published as verified or refuted (floor rules R1–R10 of `domain.md` 8.4).

use crate::id::Id;
use crate::record::{Assessment, Claim, Finding, Interest, Party, Review};
use crate::rules::independence::Affiliations;
use crate::words::{Conclusion, Decision, FindingStatus, Grade, Method};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a deployment asks of a finding. It may ask for more than the floor, never for less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Version that publications name.
    pub version: String,
    /// Approvals needed of people other than assessors and author.
    pub approvals: u16,
    /// Different methods needed.
    pub methods: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            version: "floor-1".into(),
            approvals: 1,
            methods: 1,
        }
    }
}

impl Policy {
    /// The policy, raised to the floor where it asks for less.
    pub fn at_least_the_floor(mut self) -> Self {
        self.approvals = self.approvals.max(1);
        self.methods = self.methods.max(1);
        self
    }
}

/// A rule that a finding does not meet yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The rule, by its number in the design.
    pub rule: &'static str,
    /// What is missing and what to do.
    pub sentence: String,
}

/// Everything that still stands between a finding and its publication; empty when it may be published.
pub fn judge(
    finding: &Finding,
    assessments: &[Assessment],
    claims: &[Claim],
    reviews: &[Review],
    affiliations: &Affiliations,
    policy: &Policy,
) -> Vec<Unmet> {
    let policy = policy.clone().at_least_the_floor();
    let mut unmet = Vec::new();
    let mut miss = |rule, sentence: String| unmet.push(Unmet { rule, sentence });

    if assessments.iter().any(|a| a.site != finding.site) {
        miss(
            "1a",
            "rests on an assessment of another site; take it out".into(),
        );
    }
    let observed: Vec<&Assessment> = assessments
        .iter()
        .filter(|a| a.method != Method::DocumentReview)
        .collect();
    if observed.is_empty() {
        miss(
            "1a",
            "rests on no observation; add an assessment whose method is not document review".into(),
        );
    }
    let methods: BTreeSet<Method> = observed.iter().map(|a| a.method).collect();
    if !observed.is_empty() && methods.len() < usize::from(policy.methods) {
        miss(
            "policy",
            format!(
                "this registry asks for {} different methods",
                policy.methods
            ),
        );
    }

    if finding.interest != Interest::None {
        miss(
            "R2",
            "its author declared an interest; another person has to write it".into(),
        );
    }
    let assessors: BTreeSet<&str> = assessments
        .iter()
        .filter_map(|a| a.assessor.as_deref())
        .collect();
    let claimants: Vec<Id<Party>> = claims.iter().map(|c| c.party).collect();
    let of_a_claimant = |party: Option<Id<Party>>| {
        party.is_some_and(|p| claimants.iter().any(|c| affiliations.one_voice(p, *c)))
    };
    if of_a_claimant(finding.affiliation) {
        miss(
            "R2",
            "its author belongs to a party whose claim is judged".into(),
        );
    }
    let latest = last_word_of_each(reviews);
    let approvals = latest
        .iter()
        .filter(|r| r.decision == Decision::Approve)
        .filter(|r| r.reviewer != finding.author && !assessors.contains(r.reviewer.as_str()))
        .filter(|r| r.interest == Interest::None && !of_a_claimant(r.affiliation))
        .count();
    if approvals < usize::from(policy.approvals) {
        miss(
            "R1",
            format!(
                "has {approvals} of {} approvals needed from people who are neither its author nor an assessor, declared no interest and do not belong to a party whose claim is judged",
                policy.approvals
            ),
        );
    }
    if latest.iter().any(|r| r.decision == Decision::Return) {
        miss(
            "R7",
            "was returned by a reviewer; revise it and ask the reviewer again".into(),
        );
    }

    match finding.conclusion.harm() {
        Some(true) => {
            if finding.window.is_none() {
                miss(
                    "R5",
                    "needs a window: last seen without the damage, first seen with it".into(),
                );
            }
            let onsite = observed
                .iter()
                .any(|a| a.method == Method::OnSite && a.observers >= 2);
            let pair = image_pair(&observed);
            let two_kinds = methods.len() >= 2
                && observed.iter().any(|a| {
                    !claimants
                        .iter()
                        .any(|c| affiliations.one_voice(a.organisation, *c))
                });
            let enough = match finding.conclusion {
                Conclusion::Destroyed => onsite || pair,
                _ => onsite || pair || two_kinds,
            };
            if !observed.is_empty() && !enough {
                miss(
                    if finding.conclusion == Conclusion::Destroyed { "R4" } else { "R3" },
                    "needs an on-site observation by two people, or images before and after read by two people, or (not for \"destroyed\") two methods of which one is not a claimant's own".into(),
                );
            }
            if !observed.iter().any(|a| shows_harm(a.grade)) {
                miss(
                    "R3",
                    "concludes harm, but no assessment it rests on saw any".into(),
                );
            }
        }
        Some(false)
            if !observed
                .iter()
                .any(|a| a.grade == Grade::NoVisible && !a.examined.trim().is_empty()) =>
        {
            miss("R10", "concludes that there is no damage; it needs an assessment that says so and what it examined".into());
        }
        Some(false) | None => {}
    }
    let contradicts = observed.iter().any(|a| shows_harm(a.grade))
        && observed.iter().any(|a| a.grade == Grade::NoVisible);
    if contradicts && finding.rationale.chars().count() < 40 {
        miss(
            "R6",
            "rests on observations that contradict each other; the rationale has to answer that"
                .into(),
        );
    }
    unmet
}

fn shows_harm(grade: Grade) -> bool {
    matches!(grade, Grade::Destroyed | Grade::Severe | Grade::Moderate)
}

/// Images compared with a baseline from before, read by two people each for themselves.
fn image_pair(observed: &[&Assessment]) -> bool {
    let compared = |a: &&&Assessment| {
        matches!(a.method, Method::Satellite | Method::Aerial)
            && a.baseline
                .as_ref()
                .is_some_and(|b| b.certainly_before(&a.observed))
    };
    let readers: u32 = observed
        .iter()
        .filter(compared)
        .map(|a| u32::from(a.observers))
        .sum();
    readers >= 2
}

/// A reviewer may change their mind: only the last review of each counts. The caller gives them in order.
fn last_word_of_each(reviews: &[Review]) -> Vec<&Review> {
    let mut last: Vec<&Review> = Vec::new();
    for review in reviews {
        last.retain(|r| r.reviewer != review.reviewer);
        last.push(review);
    }
    last
}

/// The status of a published finding; an unpublished one has none.
pub fn status_of(conclusion: Conclusion, contradicted: bool) -> FindingStatus {
    match conclusion.harm() {
        _ if contradicted => FindingStatus::Disputed,
        Some(true) => FindingStatus::Verified,
        Some(false) => FindingStatus::Refuted,
        None => FindingStatus::NotAssessable,
    }
}

/// The status of a site without a published finding: claims only.
pub fn status_of_claims(origins: usize) -> Option<FindingStatus> {
    match origins {
        0 => None,
        1 => Some(FindingStatus::Reported),
        _ => Some(FindingStatus::Corroborated),
    }
}

/// How the status is said in one sentence; findings never attribute.
pub fn status_sentence(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Reported => "Reported: claims by one origin only.",
        FindingStatus::Corroborated => {
            "Corroborated: claims by two or more origins independent of each other."
        }
        FindingStatus::Verified => {
            "Verified: a finding on observation, reviewed by a second person, says so."
        }
        FindingStatus::Refuted => {
            "Refuted: a reviewed finding saw no damage at the extent it examined."
        }
        FindingStatus::NotAssessable => "Not assessable: a reviewed finding reached no conclusion.",
        FindingStatus::Disputed => "Disputed: published findings contradict each other.",
    }
}
