//! Claims of a sentence: what is counted or named, what is said to be the case, and of which of them.

use super::places::SiteName;
use super::quantity;
use crate::lexicon::{Lexicon, Noun, Points};
use crate::text::{Sort, Text};
use std::ops::Range;
use stele_model::{Category, Holding, Predicate, Qualifier, Quantity};

/// A number of things, or a named one.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub range: Range<usize>,
    pub what: Counted,
}

/// What an item is.
#[derive(Debug, Clone)]
pub(crate) enum Counted {
    Many {
        category: Category,
        count: Quantity,
        holdings: Vec<Holding>,
        vague: bool,
        loose: bool,
    },
    Site(SiteName),
}

/// What is said to be the case.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub predicate: Predicate,
    pub range: Range<usize>,
    pub cause: Option<String>,
    pub perpetrator: Option<String>,
    pub characterisation: Option<String>,
}

/// Every counted or named thing of a sentence, in order.
pub(crate) fn items(
    text: &Text,
    lex: &Lexicon,
    sentence: Range<usize>,
    sites: Vec<SiteName>,
) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    let mut i = sentence.start;
    while i < sentence.end {
        match counted(text, lex, i, sentence.end) {
            Some(item) => {
                i = item.range.end;
                found.push(item);
            }
            None => i += 1,
        }
    }
    for site in sites {
        // "14 of the city's mausoleums" and "the Museum of Mosul" do not stand in each other.
        if !found
            .iter()
            .any(|item| item.range.start < site.range.end && site.range.start < item.range.end)
        {
            found.push(Item {
                range: site.range.clone(),
                what: Counted::Site(site),
            });
        }
    }
    found.sort_by_key(|item| item.range.start);
    found
}

fn counted(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Item> {
    let found = quantity::at(text, lex, i).filter(|f| f.range.end < end)?;
    let (noun, noun_range) = noun_after(text, lex, &found, end)?;
    let (category, noun_end) = absorb(text, lex, noun.category, noun_range.end, end);
    let (holdings, last) = holdings(text, lex, noun_end, end);
    let what = Counted::Many {
        category,
        count: found.quantity,
        holdings,
        vague: noun.vague,
        loose: found.loose,
    };
    Some(Item {
        range: i..last,
        what,
    })
}

/// The heritage noun a number counts: "927 public libraries", "14 of the city's mausoleums".
fn noun_after(
    text: &Text,
    lex: &Lexicon,
    found: &quantity::Found,
    end: usize,
) -> Option<(Noun, Range<usize>)> {
    let mut i = found.range.end;
    let of = text.tokens.get(i).is_some_and(|t| t.is("of"));
    if of {
        i += 1;
    }
    let partitive = of && !found.loose;
    let first = i;
    while i < end && i - first <= 5 {
        if let Some((noun, noun_end)) = lex.nouns.at(text, i).filter(|(_, e)| *e <= end)
            && (noun.plural
                || (found.quantity.value == 1 && found.quantity.qualifier == Qualifier::Exactly))
            && !continues_as_compound(text, lex, noun, noun_end)
        {
            return Some((noun.clone(), i..noun_end));
        }
        let token = &text.tokens[i];
        let adjective_and =
            lex.and.contains(&token.form) && i > first && is_adjective(&text.tokens[i - 1].form);
        let of_the = partitive
            && (matches!(
                token.form.as_str(),
                "the" | "its" | "their" | "those" | "these"
            ) || token.possessive
                || (token.sort == Sort::Number && i > first));
        let plural_noun = token.form.ends_with('s')
            && !token.possessive
            && !token.capital
            && !["ous", "ss", "us", "is"]
                .iter()
                .any(|e| token.form.ends_with(e));
        let filler = token.sort == Sort::Word
            && !lex.stops.contains(&token.form)
            && !(lex.language == "en" && plural_noun)
            && quantity::at(text, lex, i).is_none();
        if token.opens || !(filler || adjective_and || of_the) {
            return None;
        }
        i += 1;
    }
    None
}

/// "libraries staff", "museum workers": the noun only describes another one.
fn continues_as_compound(text: &Text, lex: &Lexicon, noun: &Noun, end: usize) -> bool {
    !noun.plural
        && text.tokens.get(end).is_some_and(|t| {
            t.sort == Sort::Word
                && !t.opens
                && !lex.stops.contains(&t.form)
                && !lex.auxiliaries.contains(&t.form)
        })
}

fn is_adjective(form: &str) -> bool {
    [
        "ian", "al", "ic", "ish", "ese", "ist", "im", "an", "ern", "ent", "ive", "ous", "ed", "h",
        "н", "ых", "их",
    ]
    .iter()
    .any(|e| form.ends_with(e))
}

/// "22 museums and museum branches", "12 churches and monasteries": one number over both.
fn absorb(
    text: &Text,
    lex: &Lexicon,
    category: Category,
    noun_end: usize,
    end: usize,
) -> (Category, usize) {
    let and = text
        .tokens
        .get(noun_end)
        .filter(|t| lex.and.contains(&t.form))
        .is_some();
    if !and {
        return (category, noun_end);
    }
    for at in noun_end + 1..(noun_end + 4).min(end) {
        if quantity::at(text, lex, at).is_some() || text.tokens[at].sort != Sort::Word {
            break;
        }
        if let Some((other, mut other_end)) = lex.nouns.at(text, at) {
            // A singular that describes: "museum branches".
            if !other.plural {
                match text.tokens.get(other_end) {
                    Some(t)
                        if t.sort == Sort::Word
                            && t.form.ends_with('s')
                            && !lex.stops.contains(&t.form)
                            && !lex.auxiliaries.contains(&t.form) =>
                    {
                        other_end += 1
                    }
                    _ => break,
                }
            }
            let both = match (
                category.group() == other.category.group(),
                category == other.category,
            ) {
                (_, true) => category,
                (true, _) => category.group(),
                (false, _) => Category::CulturalProperty,
            };
            return (both, other_end);
        }
        if lex.stops.contains(&text.tokens[at].form) {
            break;
        }
    }
    (category, noun_end)
}

/// "with a book fund of 4.6 million", "with more than 100,000 exhibits and 20,000 books".
fn holdings(text: &Text, lex: &Lexicon, noun_end: usize, end: usize) -> (Vec<Holding>, usize) {
    let mut found = Vec::new();
    let mut last = noun_end;
    let comma = text.tokens.get(noun_end).is_some_and(|t| t.is(","));
    let Some((_, mut i)) = lex.holds.at(text, noun_end + usize::from(comma)) else {
        return (found, last);
    };
    loop {
        let fund = (i..i + 3)
            .find_map(|k| lex.funds.at(text, k))
            .map(|(kind, e)| (kind.clone(), e));
        let at = fund.as_ref().map_or(i, |(_, e)| *e);
        let Some(quantity) = quantity::at(text, lex, at).filter(|q| q.range.end <= end) else {
            break;
        };
        let noun = (quantity.range.end..(quantity.range.end + 4).min(end))
            .find_map(|k| lex.nouns.at(text, k))
            .filter(|(n, _)| n.holding.is_some());
        let (kind, after) = match (fund, noun) {
            (Some((kind, _)), Some((noun, e))) if noun.holding.as_ref() == Some(&kind) => (kind, e),
            (Some((kind, _)), _) => (kind, quantity.range.end),
            (None, Some((noun, e))) => (noun.holding.clone().unwrap_or_default(), e),
            (None, None) => break,
        };
        found.push(Holding {
            kind,
            count: quantity.quantity,
            as_of: None,
        });
        last = after;
        match text.tokens.get(last) {
            Some(t) if lex.and.contains(&t.form) => i = last + 1,
            _ => break,
        }
    }
    (found, last)
}

/// Parts of a sentence in which one statement is made.
fn clauses(text: &Text, lex: &Lexicon, sentence: Range<usize>) -> Vec<Range<usize>> {
    let mut cuts = vec![sentence.start];
    for i in sentence.clone() {
        let token = &text.tokens[i];
        let after_comma = i > sentence.start && text.tokens[i - 1].is(",");
        if token.is(";") || (after_comma && lex.breaks.at(text, i).is_some()) {
            cuts.push(i);
        }
    }
    cuts.push(sentence.end);
    cuts.windows(2).map(|w| w[0]..w[1]).collect()
}

/// What is said of each item of a sentence; `None` where nothing is.
pub(crate) fn conditions(
    text: &Text,
    lex: &Lexicon,
    sentence: Range<usize>,
    items: &[Item],
) -> Vec<Option<Condition>> {
    let mut found: Vec<Option<Condition>> = vec![None; items.len()];
    for clause in clauses(text, lex, sentence) {
        let here: Vec<usize> = (0..items.len())
            .filter(|k| clause.contains(&items[*k].range.start))
            .collect();
        let predicates: Vec<(Range<usize>, Predicate, Points)> = lex
            .predicates
            .all_in(text, clause.clone())
            .into_iter()
            .filter(|(range, _)| !here.iter().any(|k| items[*k].range.contains(&range.start)))
            .map(|(range, (predicate, points))| {
                let points = if *points == Points::Participle {
                    direction(text, lex, &clause, &range, items, &here)
                } else {
                    *points
                };
                (range, *predicate, points)
            })
            .collect();
        for k in &here {
            let item = &items[*k];
            if only_told_along(text, lex, item) {
                continue;
            }
            let back = predicates
                .iter()
                .find(|(r, _, points)| *points == Points::Back && r.start >= item.range.end);
            let forward = predicates
                .iter()
                .rev()
                .find(|(r, _, points)| *points == Points::Forward && r.end <= item.range.start);
            let chosen = match (back, forward) {
                (Some(back), Some(forward)) => {
                    let another_between = here.iter().any(|o| {
                        items[*o].range.start >= item.range.end
                            && items[*o].range.end <= back.0.start
                    });
                    if another_between { forward } else { back }
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            if denied(text, lex, &clause, item, &chosen.0) {
                continue;
            }
            found[*k] = Some(condition(
                text,
                lex,
                &clause,
                chosen.1,
                chosen.2,
                chosen.0.clone(),
            ));
        }
    }
    found
}

/// Which way a participle points: "were destroyed" speaks of what stands before, "destroyed 12 churches" of what follows.
fn direction(
    text: &Text,
    lex: &Lexicon,
    clause: &Range<usize>,
    range: &Range<usize>,
    items: &[Item],
    here: &[usize],
) -> Points {
    let mut k = range.start;
    for _ in 0..4 {
        if k == clause.start {
            break;
        }
        k -= 1;
        let form = text.tokens[k].form.as_str();
        if matches!(form, "have" | "has" | "had") {
            // "have destroyed 12 churches": nothing but the auxiliary of an active verb.
            break;
        }
        if lex.auxiliaries.iter().any(|a| a == form) {
            return Points::Back;
        }
        let adverb = form.ends_with("ly")
            || lex.light.iter().any(|l| l == form)
            || lex.and.iter().any(|a| a == form)
            || lex.predicates.at(text, k).is_some();
        if !adverb {
            break;
        }
    }
    let right_after_item = here
        .iter()
        .any(|k| items[*k].range.end <= range.start && range.start - items[*k].range.end <= 1);
    let by_somebody = text
        .tokens
        .get(range.end)
        .is_some_and(|t| lex.by.contains(&t.form));
    if right_after_item || by_somebody {
        return Points::Back;
    }
    let item_before = here.iter().any(|k| items[*k].range.end <= range.start);
    // Russian says "повреждены 1605 объектов" and "1605 объектов повреждены".
    if lex.language == "ru" && item_before {
        Points::Back
    } else {
        Points::Forward
    }
}

/// Where something else is ("houses in the Old City"), or what it holds ("which held 12,500 artefacts"):
/// named in the sentence, and not what it speaks of.
fn only_told_along(text: &Text, lex: &Lexicon, item: &Item) -> bool {
    let mut before = item.range.start;
    while before > 0 && matches!(text.tokens[before - 1].form.as_str(), "the" | "a" | "an") {
        before -= 1;
    }
    let preposed = before > 0
        && matches!(
            text.tokens[before - 1].form.as_str(),
            "in" | "at"
                | "near"
                | "inside"
                | "around"
                | "outside"
                | "from"
                | "в"
                | "во"
                | "на"
                | "около"
                | "возле"
        );
    // "damage in 12 museums" is said of them.
    let of_a_predicate = before > 1
        && (before.saturating_sub(4)..before).any(|k| {
            lex.predicates
                .at(text, k)
                .is_some_and(|(_, end)| end == before)
        });
    let held = (item.range.start.saturating_sub(4)..item.range.start).any(|k| {
        lex.holds
            .at(text, k)
            .is_some_and(|(_, end)| end == item.range.start)
    });
    (preposed && !of_a_predicate && matches!(item.what, Counted::Site(_))) || held
}

/// Not said to have happened: negated, feared, planned, or to be avoided.
fn denied(
    text: &Text,
    lex: &Lexicon,
    clause: &Range<usize>,
    item: &Item,
    predicate: &Range<usize>,
) -> bool {
    let (from, to) = if predicate.start >= item.range.end {
        (
            item.range.start.saturating_sub(3).max(clause.start),
            predicate.start,
        )
    } else {
        (
            predicate.start.saturating_sub(4).max(clause.start),
            item.range.start,
        )
    };
    let between = from..to;
    let negated = !lex.negations.all_in(text, between.clone()).is_empty();
    let unreal_from = if predicate.start >= item.range.end {
        item.range.end
    } else {
        from
    };
    // "to protect 30 museums from …"
    let aim = item.range.start.saturating_sub(3).max(clause.start)..item.range.start;
    let aimed = lex
        .unreal
        .all_in(text, aim)
        .iter()
        .any(|(r, ())| r.len() > 1);
    negated
        || aimed
        || lex
            .unreal
            .all_in(text, unreal_from..to)
            .into_iter()
            .any(|(r, ())| is_modal(text, &r))
}

/// "May" the month is not "may" the verb.
fn is_modal(text: &Text, range: &Range<usize>) -> bool {
    !(text.tokens[range.start].is("may") && text.tokens[range.start].capital)
}

fn condition(
    text: &Text,
    lex: &Lexicon,
    clause: &Range<usize>,
    predicate: Predicate,
    points: Points,
    range: Range<usize>,
) -> Condition {
    let mut made = Condition {
        predicate,
        range: range.clone(),
        cause: None,
        perpetrator: None,
        characterisation: None,
    };
    let ends = |t: &crate::text::Token| {
        t.sort == Sort::Mark
            || matches!(
                t.form.as_str(),
                "on" | "in"
                    | "during"
                    | "since"
                    | "after"
                    | "before"
                    | "between"
                    | "and"
                    | "when"
                    | "as"
                    | "at"
                    | "that"
                    | "which"
            )
    };
    let stretch = |from: usize| {
        let to = (from..clause.end.min(from + 8))
            .find(|k| ends(&text.tokens[*k]))
            .unwrap_or(clause.end.min(from + 8));
        (from < to).then(|| text.words(from..to))
    };
    if predicate == Predicate::Victim && points == Points::Back {
        made.characterisation = stretch(range.end);
    } else if points == Points::Back
        && text
            .tokens
            .get(range.end)
            .is_some_and(|t| lex.by.contains(&t.form))
    {
        let by = stretch(range.end + 1);
        let things = [
            "shelling",
            "strike",
            "strikes",
            "missile",
            "missiles",
            "fire",
            "bomb",
            "bombing",
            "bombs",
            "explosion",
            "artillery",
            "rocket",
            "rockets",
            "airstrike",
            "airstrikes",
            "drone",
            "drones",
            "flood",
            "earthquake",
            "blast",
        ];
        let is_cause = by.as_ref().is_some_and(|words| {
            words
                .split(' ')
                .any(|w| things.contains(&w.to_lowercase().as_str()))
        });
        if is_cause {
            made.cause = by;
        } else {
            made.perpetrator = by;
        }
    }
    made
}
