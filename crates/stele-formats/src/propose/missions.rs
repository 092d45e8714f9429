//! Missions named in a sentence, the stage they are said to be at, and who waits for whom.

use super::mentions::{Class, Mention};
use crate::lexicon::Lexicon;
use crate::text::Text;
use std::ops::Range;
use stele_model::Stage;

/// A sentence says that an organisation's mission is at a stage.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub organisation: String,
    pub stage: Stage,
    pub range: Range<usize>,
}

/// A sentence says that somebody awaits an answer or is ready to receive.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Who is said to wait or to be ready; none when the sentence's speaker is.
    pub actor: Option<Mention>,
    pub organisations: Vec<String>,
    pub range: Range<usize>,
    /// Ready to receive them; else waiting for their answer.
    pub ready: bool,
}

/// Steps of a sentence.
pub(crate) fn steps(
    text: &Text,
    lex: &Lexicon,
    mentions: &[Mention],
    sentence: Range<usize>,
) -> Vec<Step> {
    let here: Vec<&Mention> = mentions
        .iter()
        .filter(|m| sentence.contains(&m.range.start))
        .collect();
    let mut found = Vec::new();
    for sent in sent_by(text, lex, &here, sentence.clone()) {
        let Some((stage, range)) = stage_near(text, lex, &sentence, &sent.range) else {
            continue;
        };
        for organisation in sent.organisations {
            found.push(Step {
                organisation,
                stage,
                range: range.clone(),
            });
        }
    }
    found
}

struct Sent {
    organisations: Vec<String>,
    range: Range<usize>,
}

/// "the UNESCO mission", "the mission of both UNESCO and UNHCR", "UNESCO experts", «миссия ЮНЕСКО».
fn sent_by(text: &Text, lex: &Lexicon, here: &[&Mention], sentence: Range<usize>) -> Vec<Sent> {
    let mut found = Vec::new();
    for (noun, ()) in lex.mission_nouns.all_in(text, sentence.clone()) {
        let described = noun.start > sentence.start
            && lex.not_missions.iter().any(|n| {
                n.strip_suffix('*')
                    .map_or(text.tokens[noun.start - 1].form == *n, |s| {
                        text.tokens[noun.start - 1].form.starts_with(s)
                    })
            });
        if described {
            continue;
        }
        let mut organisations: Vec<String> = Vec::new();
        let mut range = noun.clone();
        // A mission of several is a party of its own ("mission of UNESCO and Mali"); its organisations are those that send missions.
        if let Some(whole) = here
            .iter()
            .find(|m| m.class == Class::Mission && !m.again && m.range.contains(&noun.start))
        {
            range = whole.range.clone();
            organisations = lex
                .parties
                .all_in(text, whole.range.clone())
                .into_iter()
                .filter(|(_, p)| p.sends)
                .map(|(_, p)| p.name.clone())
                .collect();
        }
        let before: Vec<&&Mention> = here
            .iter()
            .filter(|m| {
                m.sends
                    && m.range.end <= noun.start
                    && between_is_light(text, lex, m.range.end..noun.start)
            })
            .collect();
        let before = listed(text, lex, here, before);
        let mut at = noun.end;
        let mut after: Vec<&Mention> = Vec::new();
        for mention in here.iter().filter(|m| m.range.start >= noun.end) {
            let between = &text.tokens[at..mention.range.start];
            let near = between.iter().all(|t| {
                lex.both.contains(&t.form)
                    || lex.and.contains(&t.form)
                    || matches!(t.form.as_str(), "of" | "from" | "by" | "the" | ",")
            });
            if !near || !mention.sends {
                break;
            }
            after.push(mention);
            at = mention.range.end;
        }
        for mention in before.into_iter().chain(after) {
            range = range.start.min(mention.range.start)..range.end.max(mention.range.end);
            if !organisations.contains(&mention.name) {
                organisations.push(mention.name.clone());
            }
        }
        if !organisations.is_empty() {
            found.push(Sent {
                organisations,
                range,
            });
        }
    }
    found
}

/// "UNESCO, ICESCO and ICOMOS missions": the organisations in a row with the one before the noun.
fn listed<'a>(
    text: &Text,
    lex: &Lexicon,
    here: &[&'a Mention],
    before: Vec<&&'a Mention>,
) -> Vec<&'a Mention> {
    let mut row: Vec<&Mention> = before.into_iter().copied().collect();
    while let Some(first) = row.first() {
        let joined = |m: &&&'a Mention| {
            let between = m.range.end..first.range.start;
            m.sends
                && (1..=2).contains(&between.len())
                && text.tokens[between]
                    .iter()
                    .all(|t| t.is(",") || lex.and.contains(&t.form))
        };
        match here.iter().find(joined) {
            Some(more) => row.insert(0, more),
            None => break,
        }
    }
    row
}

/// "UNESCO technical mission", "UNESCO will send a team": adjectives, or a verb of stage with an article.
fn between_is_light(text: &Text, lex: &Lexicon, between: Range<usize>) -> bool {
    const ADJECTIVES: &[&str] = &[
        "technical",
        "expert",
        "fact-finding",
        "assessment",
        "joint",
        "monitoring",
        "emergency",
        "rapid",
        "independent",
        "heritage",
        "first",
        "second",
        "new",
        "high-level",
        "own",
    ];
    const ARTICLES: &[&str] = &[
        "a", "an", "its", "the", "has", "have", "had", "also", "yet", "not", "of",
    ];
    let verbs = lex.stages.all_in(text, between.clone());
    let within_verb = |k: usize| verbs.iter().any(|(r, _)| r.contains(&k));
    between.len() <= 7
        && (between.len() <= 2 || !verbs.is_empty())
        && between.clone().all(|k| {
            let form = text.tokens[k].form.as_str();
            within_verb(k)
                || ADJECTIVES.contains(&form)
                || (!verbs.is_empty() && ARTICLES.contains(&form))
                || matches!(form, "-" | "/" | "–")
        })
}

/// The word of stage that goes with a mission: in the same sentence, the nearest, not of the future when denied.
fn stage_near(
    text: &Text,
    lex: &Lexicon,
    sentence: &Range<usize>,
    mission: &Range<usize>,
) -> Option<(Stage, Range<usize>)> {
    let all = lex.stages.all_in(text, sentence.clone());
    let away = |r: &Range<usize>| {
        if r.end <= mission.start {
            mission.start - r.end
        } else {
            r.start.saturating_sub(mission.end)
        }
    };
    let found: Vec<(Range<usize>, &Stage)> = all
        .into_iter()
        .filter(|(r, _)| {
            r.end <= mission.start || r.start >= mission.end || mission.contains(&r.start)
        })
        .collect();
    let mut nearest = found.iter().min_by_key(|(r, _)| away(r))?.clone();
    // "invited the mission to visit": invited, and nobody is preparing yet.
    if *nearest.1 == Stage::Preparing
        && text.tokens[nearest.0.start].is("to")
        && let Some(asked) = found
            .iter()
            .rev()
            .find(|(r, _)| r.end <= mission.start && mission.start - r.end <= 4)
    {
        nearest = asked.clone();
    }
    let (range, stage) = (nearest.0, *nearest.1);
    let negated = !lex
        .negations
        .all_in(
            text,
            range.start.saturating_sub(3).max(sentence.start)..range.start,
        )
        .is_empty();
    // Somebody who did not visit is not back.
    if negated {
        return None;
    }
    (away(&range) <= 12).then(|| {
        (
            stage,
            range.start.min(mission.start)..range.end.max(mission.end),
        )
    })
}

/// Who awaits whom, and who is ready to receive whom.
pub(crate) fn waitings(
    text: &Text,
    lex: &Lexicon,
    mentions: &[Mention],
    sentence: Range<usize>,
) -> Vec<Waiting> {
    let mut found = Vec::new();
    for (phrases, ready) in [(&lex.awaits, false), (&lex.ready, true)] {
        for (verb, ()) in phrases.all_in(text, sentence.clone()) {
            let end = clause_end(text, lex, verb.end, sentence.end);
            let answer = text.tokens[verb.end..end].iter().any(|t| {
                [
                    "response",
                    "reply",
                    "answer",
                    "permission",
                    "approval",
                    "consent",
                    "go-ahead",
                    "reaction",
                    "respond",
                    "answer",
                    "confirmation",
                    "agreement",
                ]
                .contains(&t.form.as_str())
                    || ["ответ", "разрешени", "согласи", "реакци"]
                        .iter()
                        .any(|s| t.form.starts_with(s))
            });
            let visit = (verb.end..end).any(|k| lex.mission_nouns.at(text, k).is_some());
            if (!ready && !answer) || (ready && !visit) {
                continue;
            }
            let mut organisations: Vec<String> = Vec::new();
            for m in mentions
                .iter()
                .filter(|m| m.range.start >= verb.end && m.range.end <= end)
            {
                let party = matches!(m.class, Class::Organisation | Class::State | Class::Organ);
                if party && (m.sends || !ready) && !organisations.contains(&m.name) {
                    organisations.push(m.name.clone());
                }
            }
            let both = text.tokens[verb.end..end]
                .iter()
                .any(|t| lex.both.contains(&t.form));
            if organisations.is_empty() && both {
                let mut earlier: Vec<String> = Vec::new();
                for m in mentions
                    .iter()
                    .rev()
                    .filter(|m| m.range.end <= verb.start && m.sends && !m.again)
                {
                    if !earlier.contains(&m.name) {
                        earlier.insert(0, m.name.clone());
                    }
                    if earlier.len() == 2 {
                        break;
                    }
                }
                organisations = earlier;
            }
            if organisations.is_empty() {
                continue;
            }
            let actor = mentions
                .iter()
                .rev()
                .find(|m| {
                    m.range.end <= verb.start
                        && m.range.start >= sentence.start
                        && matches!(m.class, Class::State | Class::Organ | Class::Organisation)
                        && verb.start - m.range.end <= 5
                        && !text.tokens[m.range.end - 1].possessive
                })
                .cloned();
            found.push(Waiting {
                actor,
                organisations,
                range: verb.start..end,
                ready,
            });
        }
    }
    found.extend(unanswered(text, mentions, &sentence));
    found.sort_by_key(|w| w.range.start);
    found
}

/// "Azerbaijan has not yet responded": who speaks waits for them.
fn unanswered(text: &Text, mentions: &[Mention], sentence: &Range<usize>) -> Vec<Waiting> {
    let mut found = Vec::new();
    for mention in mentions
        .iter()
        .filter(|m| !m.again && m.range.start >= sentence.start && m.range.end < sentence.end)
    {
        let rest: Vec<&str> = text.tokens
            [mention.range.end..sentence.end.min(mention.range.end + 6)]
            .iter()
            .map(|t| t.form.as_str())
            .collect();
        let silent = match rest.as_slice() {
            ["has" | "have" | "had", "not", "yet", verb, ..]
            | ["has" | "have" | "had", "not", verb, ..]
            | ["has" | "have" | "had", "yet", "to", verb, ..] => {
                matches!(
                    *verb,
                    "responded"
                        | "replied"
                        | "answered"
                        | "respond"
                        | "reply"
                        | "answer"
                        | "reacted"
                )
            }
            ["не", verb, ..] | ["пока", "не", verb, ..] => verb.starts_with("ответил"),
            _ => false,
        };
        let party = matches!(
            mention.class,
            Class::State | Class::Organ | Class::Organisation
        );
        if silent && party {
            let range = mention.range.start..(mention.range.end + 4).min(sentence.end);
            found.push(Waiting {
                actor: None,
                organisations: vec![mention.name.clone()],
                range,
                ready: false,
            });
        }
    }
    found
}

/// Up to "to complete the work …", a comma, or the end.
fn clause_end(text: &Text, lex: &Lexicon, from: usize, end: usize) -> usize {
    (from..end)
        .find(|k| {
            matches!(text.tokens[*k].form.as_str(), "," | ";" | "." | "—")
                || (text.tokens[*k].is("to") && *k > from + 2)
                || lex.breaks.at(text, *k).is_some()
        })
        .unwrap_or(end)
}
