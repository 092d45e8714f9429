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
    if share_of(text, lex, i) {
        return None;
    }
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

/// "Most of the 130 mosques", "65 out of the 67", "one in four museums": what is said is said of a share
/// of the number, not of the number.
fn share_of(text: &Text, lex: &Lexicon, i: usize) -> bool {
    let mut k = i;
    let back = |k: usize, words: &[&str]| {
        k.checked_sub(1)
            .filter(|b| words.contains(&text.tokens[*b].form.as_str()))
    };
    while let Some(before) = back(
        k,
        &["the", "its", "their", "these", "those", "all", "total"],
    ) {
        k = before;
    }
    let Some(mut k) = back(k, &["of", "in", "из"]) else {
        return false;
    };
    let in_number = text.tokens[k].is("in");
    if let Some(before) = back(k, &["out", "total"]) {
        k = before;
    }
    let Some(share) = k.checked_sub(1).map(|b| &text.tokens[b]) else {
        return false;
    };
    let number = lex.numerals.contains_key(&share.form)
        || (share.sort == Sort::Number && share.end - share.start < 4);
    number || (!in_number && (lex.shares.contains(&share.form) || share.sort == Sort::Number))
}

/// The heritage noun a number counts: "927 public libraries", "14 of the city's mausoleums".
fn noun_after(
    text: &Text,
    lex: &Lexicon,
    found: &quantity::Found,
    end: usize,
) -> Option<(Noun, Range<usize>)> {
    let mut i = found.range.end;
    let is = |i: usize, word: &str| text.tokens.get(i).is_some_and(|t| t.is(word));
    if is(i, "out") && is(i + 1, "of") {
        i += 1;
    }
    let of = is(i, "of") || (is(i, "из") && !is(i + 1, "них") && !is(i + 1, "которых"));
    if of {
        i += 1;
    }
    let partitive = of && !found.loose;
    // "65 of 67 mosques": the first number is said to be of the second.
    if partitive && let Some(whole) = quantity::at(text, lex, i).filter(|w| !w.loose) {
        i = whole.range.end;
    }
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

/// "22 museums and museum branches", "108 monasteries, churches and cemeteries": one number over them all.
fn absorb(
    text: &Text,
    lex: &Lexicon,
    category: Category,
    noun_end: usize,
    end: usize,
) -> (Category, usize) {
    let mut category = category;
    let mut noun_end = noun_end;
    // The members of a list between its commas, where an "and" ends it and none has a number of its own.
    let mut listed = (category, noun_end);
    while text.tokens.get(listed.1).is_some_and(|t| t.is(","))
        && listed.1 + 1 < end
        && let Some((other, after)) = lex.nouns.at(text, listed.1 + 1)
        && other.plural
    {
        listed = (both(listed.0, other.category), after);
    }
    if text
        .tokens
        .get(listed.1)
        .is_some_and(|t| lex.and.contains(&t.form))
        && listed.1 + 1 < end
        && lex.nouns.at(text, listed.1 + 1).is_some()
    {
        (category, noun_end) = listed;
    }
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
            return (both(category, other.category), other_end);
        }
        if lex.stops.contains(&text.tokens[at].form) {
            break;
        }
    }
    (category, noun_end)
}

/// What two categories under one number are counted as.
fn both(one: Category, other: Category) -> Category {
    if one == other {
        one
    } else if one.group() == other.group() {
        one.group()
    } else {
        Category::CulturalProperty
    }
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
        if token.is(";")
            || (after_comma
                && lex.breaks.at(text, i).is_some()
                && lex.including.at(text, i).is_none())
        {
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
    for clause in clauses(text, lex, sentence.clone()) {
        let here: Vec<usize> = (0..items.len())
            .filter(|k| {
                clause.contains(&items[*k].range.start)
                    && !only_told_along(text, lex, &sentence, &items[*k])
            })
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
            let back = predicates.iter().find(|(r, _, points)| {
                *points == Points::Back
                    && r.start >= item.range.end
                    && !said_of_a_part(text, lex, item.range.end..r.start)
            });
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
                    // "has rebuilt 12 pagodas damaged by the quake": the verb speaks, the participle describes.
                    let describes = item.range.start == forward.0.end
                        && back.0.start == item.range.end
                        && !lex.auxiliaries.contains(&text.tokens[back.0.start].form);
                    if another_between || describes {
                        forward
                    } else {
                        back
                    }
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            if denied(text, lex, &clause, item, &chosen.0) {
                continue;
            }
            let (predicate, range) = one_or_other(text, lex, &predicates, chosen);
            // What is being rebuilt is not rebuilt.
            let unfinished = predicate == Predicate::Restored
                && range.start > clause.start
                && text.tokens[range.start - 1].is("being");
            if unfinished {
                continue;
            }
            found[*k] = Some(condition(text, lex, &clause, predicate, chosen.2, range));
        }
    }
    found
}

/// ", of which 323 were destroyed" and "из которых 537 разрушены" are said of a part; ", two of them beside
/// the mosque, were destroyed" is said of the whole.
fn said_of_a_part(text: &Text, lex: &Lexicon, between: Range<usize>) -> bool {
    let parts = lex.of_which.all_in(text, between.clone());
    parts
        .last()
        .is_some_and(|(part, ())| !(part.end..between.end).any(|k| text.tokens[k].is(",")))
}

/// "Looted or destroyed" is neither the one nor the other for certain: what both have in common is read.
fn one_or_other(
    text: &Text,
    lex: &Lexicon,
    predicates: &[(Range<usize>, Predicate, Points)],
    chosen: &(Range<usize>, Predicate, Points),
) -> (Predicate, Range<usize>) {
    // "damaged, looted or destroyed": words in a row, with nothing between but what joins them.
    let row = |between: Range<usize>| {
        between.len() <= 4
            && between.clone().all(|k| {
                let token = &text.tokens[k];
                token.is(",")
                    || lex.or.contains(&token.form)
                    || lex.auxiliaries.contains(&token.form)
                    || token.form.ends_with("ly")
            })
    };
    let (mut predicate, mut range) = (chosen.1, chosen.0.clone());
    let mut any_or = false;
    let physical = |p: Predicate| {
        matches!(
            p,
            Predicate::Damaged
                | Predicate::Destroyed
                | Predicate::PartlyDestroyed
                | Predicate::DamagedOrDestroyed
                | Predicate::Burned
        )
    };
    for (next, other, _) in predicates {
        let between = if next.start >= range.end {
            range.end..next.start
        } else if next.end <= range.start {
            next.end..range.start
        } else {
            continue;
        };
        if !row(between.clone()) {
            continue;
        }
        any_or |= between
            .clone()
            .any(|k| lex.or.contains(&text.tokens[k].form));
        range = range.start.min(next.start)..range.end.max(next.end);
        if *other != predicate {
            predicate = if physical(predicate) && physical(*other) {
                Predicate::DamagedOrDestroyed
            } else {
                Predicate::Affected
            };
        }
    }
    if any_or {
        (predicate, range)
    } else {
        (chosen.1, chosen.0.clone())
    }
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
    for _ in 0..6 {
        if k == clause.start {
            break;
        }
        k -= 1;
        let form = text.tokens[k].form.as_str();
        // "have been desecrated, pillaged or destroyed": one auxiliary before them all.
        let listed = |k: usize| {
            lex.language == "en"
                && k > clause.start
                && (text.tokens[k].form.ends_with("ed") || lex.predicates.at(text, k).is_some())
        };
        if (form == "," && listed(k - 1)) || (form != "," && listed(k)) {
            continue;
        }
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
fn only_told_along(text: &Text, lex: &Lexicon, sentence: &Range<usize>, item: &Item) -> bool {
    if base_of_a_share(text, sentence, item) {
        return true;
    }
    let mut before = item.range.start;
    while before > 0 && matches!(text.tokens[before - 1].form.as_str(), "the" | "a" | "an") {
        before -= 1;
    }
    let preposed = (before.saturating_sub(2)..before).any(|k| {
        lex.told_along
            .at(text, k)
            .is_some_and(|(_, end)| end == before)
    });
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

/// "Of 277 mosques, 136 were destroyed": what is said is said of the second number.
fn base_of_a_share(text: &Text, sentence: &Range<usize>, item: &Item) -> bool {
    let mut k = item.range.start;
    while k > sentence.start
        && matches!(
            text.tokens[k - 1].form.as_str(),
            "the" | "its" | "their" | "all"
        )
    {
        k -= 1;
    }
    if k == sentence.start || !matches!(text.tokens[k - 1].form.as_str(), "of" | "из") {
        return false;
    }
    k -= 1;
    if k > sentence.start && text.tokens[k - 1].is("out") {
        k -= 1;
    }
    k == sentence.start || {
        let before = &text.tokens[k - 1];
        before.sort == Sort::Mark
            || matches!(before.form.as_str(), "that" | "and" | "but" | "что" | "и")
    }
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
    // "The destruction of 12 churches would be …", "the looting of the museum must stop"
    let after = item.range.end..(item.range.end + 3).min(clause.end);
    let only_if = predicate.end <= item.range.start
        && lex
            .unreal
            .all_in(text, after)
            .into_iter()
            .any(|(r, ())| is_modal(text, &r));
    // "If 10 shrines are destroyed", "it was not clear whether 6 monasteries had been hit"
    let asked = !lex
        .conditional
        .all_in(text, clause.start..item.range.start)
        .is_empty();
    negated
        || aimed
        || only_if
        || asked
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
