//! Who is named in a text: bodies, organisations, States, people, missions, and the words that take
//! one of them up again ("the ministry", "it").

use crate::lexicon::{Again, Lexicon, adjective_at, country_at};
use crate::text::{Sort, Text};
use std::ops::Range;
use stele_model::PartyKind;

/// What sort of speaker a mention is, for words that take it up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Organ,
    Organisation,
    State,
    Person,
    /// Two capitalised words in a row: a person only where somebody is seen to speak.
    MaybePerson,
    Mission,
    People,
}

/// A party named in the text.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub range: Range<usize>,
    /// The name in English, without article.
    pub name: String,
    pub kind: PartyKind,
    pub class: Class,
    /// Sends missions.
    pub sends: bool,
    /// A word that takes up an earlier mention.
    pub again: bool,
    /// The country whose organ it is, where its name or the words beside it say so.
    pub country: Option<&'static str>,
    /// Part of the name of a joint mission: it sends, but does not speak by itself.
    pub within: bool,
}

/// Every mention, in order.
pub(crate) fn all(text: &Text, lex: &Lexicon) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for sentence in &text.sentences {
        let mut i = sentence.start;
        while i < sentence.end {
            match at(text, lex, i, sentence.end, &found) {
                Some(mut mention) => {
                    let range = mention.range.clone();
                    if mention.class == Class::Organ && !mention.again {
                        mention.country = range
                            .clone()
                            .find_map(|k| adjective_at(text, k).or_else(|| country_at(text, k)))
                            .map(|(country, _)| country);
                    }
                    let joint = mention.class == Class::Mission && !mention.again;
                    found.push(mention);
                    if joint {
                        found.extend(parts_of(text, lex, range.clone()));
                    }
                    i = range.end.max(i + 1);
                }
                None => i += 1,
            }
        }
    }
    settle(&mut found);
    found
}

/// Who a joint mission is of.
fn parts_of(text: &Text, lex: &Lexicon, range: Range<usize>) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut i = range.start;
    while i < range.end {
        match known(text, lex, i, range.end) {
            Some(part) => {
                i = part.range.end;
                found.push(Mention {
                    within: true,
                    ..part
                });
            }
            None => i += 1,
        }
    }
    found
}

/// "the Foreign Ministry" beside one "Azerbaijani Foreign Ministry" is that one; beside two it stays open.
fn settle(found: &mut [Mention]) {
    let full: Vec<String> = found
        .iter()
        .filter(|m| m.class == Class::Organ)
        .map(|m| m.name.clone())
        .collect();
    for mention in found.iter_mut().filter(|m| m.class == Class::Organ) {
        let (ending, beginning) = (
            format!(" {}", mention.name).to_lowercase(),
            format!("{} of ", mention.name).to_lowercase(),
        );
        let longer = |n: &&String| {
            n.to_lowercase().ends_with(&ending) || n.to_lowercase().starts_with(&beginning)
        };
        let mut longer: Vec<&String> = full.iter().filter(longer).collect();
        longer.sort();
        longer.dedup();
        if let [one] = longer.as_slice() {
            mention.name = (*one).clone();
        }
    }
    let countries: Vec<(String, &'static str)> = found
        .iter()
        .filter_map(|m| Some((m.name.clone(), m.country?)))
        .collect();
    for mention in found
        .iter_mut()
        .filter(|m| m.class == Class::Organ && m.country.is_none())
    {
        mention.country = countries
            .iter()
            .find(|(name, _)| *name == mention.name)
            .map(|(_, country)| *country);
    }
}

fn at(text: &Text, lex: &Lexicon, i: usize, end: usize, before: &[Mention]) -> Option<Mention> {
    let token = text.tokens.get(i)?;
    if token.sort != Sort::Word {
        return None;
    }
    mission(text, lex, i, end)
        .or_else(|| again(text, lex, i, end, before))
        .or_else(|| person(text, lex, i, end))
        .or_else(|| known(text, lex, i, end))
        .or_else(|| body(text, lex, i, end))
        .or_else(|| authorities(text, lex, i, end))
        .or_else(|| people(text, lex, i, end))
        .or_else(|| state(text, i, end).filter(|m| stands_alone(text, lex, m)))
        .or_else(|| maybe_person(text, lex, i, end))
}

fn make(
    range: Range<usize>,
    name: String,
    kind: PartyKind,
    class: Class,
    sends: bool,
) -> Option<Mention> {
    Some(Mention {
        range,
        name,
        kind,
        class,
        sends,
        again: false,
        within: false,
        country: None,
    })
}

fn class_of(kind: PartyKind) -> Class {
    match kind {
        PartyKind::State => Class::State,
        PartyKind::StateOrgan => Class::Organ,
        PartyKind::Person => Class::Person,
        _ => Class::Organisation,
    }
}

/// "A team of UNESCO and the Malian authorities": a speaker of its own, named after who sent it.
fn mission(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let ((), noun_end) = lex.mission_nouns.at(text, i)?;
    text.tokens
        .get(noun_end)
        .filter(|t| matches!(t.form.as_str(), "of" | "from" | "by"))?;
    let mut names = Vec::new();
    let mut at_token = noun_end + 1;
    while at_token < end {
        let token = &text.tokens[at_token];
        if lex.both.contains(&token.form) || token.is("the") || token.is(",") {
            at_token += 1;
            continue;
        }
        if lex.and.contains(&token.form) && !names.is_empty() {
            at_token += 1;
            continue;
        }
        if token.sort != Sort::Word {
            break;
        }
        let part = known(text, lex, at_token, end)
            .or_else(|| body(text, lex, at_token, end))
            .or_else(|| authorities(text, lex, at_token, end))
            .or_else(|| state(text, at_token, end));
        let Some(part) = part else { break };
        let name = match (part.class, adjective_at(text, at_token)) {
            // "the Malian authorities" send for Mali.
            (Class::Organ, Some((country, after)))
                if text
                    .tokens
                    .get(after)
                    .is_some_and(|t| matches!(t.form.as_str(), "authorities" | "government")) =>
            {
                country.to_owned()
            }
            _ => part.name.clone(),
        };
        names.push((name, part.sends));
        at_token = part.range.end;
    }
    // One organisation's mission is named through the organisation; the noun alone is no new party.
    if names.len() < 2 {
        return None;
    }
    // What was read past the last name is given back.
    while at_token > noun_end
        && text
            .tokens
            .get(at_token - 1)
            .is_some_and(|t| t.is("the") || t.is(",") || lex.and.contains(&t.form))
    {
        at_token -= 1;
    }
    let list: Vec<&str> = names.iter().map(|(n, _)| n.as_str()).collect();
    let name = format!("mission of {}", joined(&list));
    make(i..at_token, name, PartyKind::Other, Class::Mission, false)
}

/// "A", "A and B", "A, B and C".
pub(crate) fn joined(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

fn again(text: &Text, lex: &Lexicon, i: usize, end: usize, before: &[Mention]) -> Option<Mention> {
    let (class, after) = lex.again.at(text, i).filter(|(_, after)| *after <= end)?;
    let last = text.tokens.get(after - 1)?;
    // "The ministry of …" and "The Director Jane Roe" are names of their own.
    if text.tokens.get(after).is_some_and(|t| {
        t.is("of")
            || (t.capital
                && t.sort == Sort::Word
                && last.form != "he"
                && last.form != "she"
                && last.form != "it")
    }) || last.possessive
    {
        return None;
    }
    let meant = meant_by(text, lex, *class, &last.form, i, before)?;
    Some(Mention {
        range: i..after,
        again: true,
        ..meant.clone()
    })
}

/// The mention a word takes up again; none where it could be one of several.
fn meant_by<'a>(
    text: &Text,
    lex: &Lexicon,
    class: Again,
    word: &str,
    i: usize,
    before: &'a [Mention],
) -> Option<&'a Mention> {
    let opens = (0..=i).rev().find(|k| text.tokens[*k].opens).unwrap_or(0);
    let said_so = |m: &Mention| {
        matches!(m.range.start, s if s < text.tokens.len())
            && lex.says.at(text, m.range.end).is_some()
    };
    let fits = |m: &&Mention| match class {
        // "the ministry" is a ministry: an army that was named since is not meant.
        Again::Organ => {
            m.class == Class::Organ
                && text.tokens[m.range.clone()]
                    .iter()
                    .any(|t| same_word(&t.form, word))
        }
        Again::Organisation => m.class == Class::Organisation,
        Again::Person => m.class == Class::Person,
        Again::Mission => m.class == Class::Mission,
        Again::Anyone => {
            (matches!(m.class, Class::Organ | Class::Organisation | Class::Mission)
                || (m.class == Class::State && said_so(m)))
                && m.range.start >= opens
        }
    };
    let candidates: Vec<&Mention> = before.iter().filter(|m| !m.within).filter(fits).collect();
    let last = *candidates.last()?;
    if class == Again::Person {
        // "the minister": the last person called so; else the last person.
        let titled = candidates
            .iter()
            .rev()
            .find(|m| text.tokens[m.range.clone()].iter().any(|t| t.form == word));
        return Some(titled.copied().unwrap_or(last));
    }
    let rivals = candidates
        .iter()
        .any(|m| m.range.start >= opens && m.name != last.name);
    (class == Again::Anyone || !rivals).then_some(last)
}

/// The same word, in whichever case its language puts it.
fn same_word(a: &str, b: &str) -> bool {
    let stem: String = b
        .chars()
        .take(b.chars().count().saturating_sub(2).max(5))
        .collect();
    a.starts_with(&stem)
}

/// Capitalised words in a row from a token; none when it is no name.
fn capitals(text: &Text, lex: &Lexicon, i: usize, end: usize, most: usize) -> usize {
    let mut at = i;
    while at < end && at - i < most {
        let token = &text.tokens[at];
        let name = token.sort == Sort::Word
            && token.capital
            && !lex.months.contains(&token.form)
            && !lex.weekdays.contains(&token.form);
        if !name || (at > i && token.opens) {
            break;
        }
        at += 1;
        if token.possessive {
            break;
        }
    }
    at
}

/// "Azerbaijani Foreign Minister Jeyhun Bayramov", "UN Resident Coordinator in Azerbaijan Ghulam Isaczai".
fn person(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let mut at = i;
    if let Some((_, after)) = adjective_at(text, at) {
        at = after;
    } else if let Some((_, after)) = lex.parties.at(text, at) {
        at = after;
    }
    // "Deputy Culture Minister", "acting director"
    while text
        .tokens
        .get(at)
        .is_some_and(|t| lex.ranks.contains(&t.form))
    {
        at += 1;
    }
    let ((), mut after) = lex.titles.at(text, at)?;
    if text
        .tokens
        .get(after)
        .is_some_and(|t| matches!(t.form.as_str(), "in" | "of" | "for" | "to"))
    {
        let place_end = capitals(text, lex, after + 1, end, 1);
        if place_end > after + 1 {
            after = place_end;
        }
    }
    // "Министр культуры ДНР Иван Петров", "глава ЮНЕСКО …": whose minister stands between title and name.
    if lex.language == "ru" {
        after = office(text, lex, after, end);
    }
    // "Minister, Jane Roe", "Prof. Jane Roe"
    if text
        .tokens
        .get(after)
        .is_some_and(|t| t.is(",") || (t.is(".") && t.tight))
    {
        after += 1;
    }
    let name_end = capitals(text, lex, after, end, 4);
    let name_words = name_end - after;
    if name_words == 0 || name_end > end || (name_words == 1 && text.tokens[after].possessive) {
        return None;
    }
    // "General Directorate": a body begins with a title's word.
    if text.tokens[after..name_end]
        .iter()
        .any(|t| lex.bodies.contains(&t.form))
    {
        return None;
    }
    make(
        i..name_end,
        bare(text, after..name_end),
        PartyKind::Person,
        Class::Person,
        false,
    )
}

/// The token after the body, country or abbreviation that an office belongs to; the same token when none stands there.
fn office(text: &Text, lex: &Lexicon, i: usize, end: usize) -> usize {
    // "министр культуры и информации …": what the office is for, in small letters.
    let small = |k: &usize| {
        text.tokens[*k].sort == Sort::Word
            && !text.tokens[*k].capital
            && lex.says.at(text, *k).is_none()
    };
    let first = i;
    let i = (i..end.min(i + 5)).find(|k| !small(k)).unwrap_or(i);
    let large = |k: usize| {
        text.tokens.get(k).is_some_and(|t| {
            let written = text.slice(t.start, t.end);
            written.chars().count() > 1 && written.chars().all(char::is_uppercase)
        })
    };
    // "губернатор Харьковской области Олег …"
    let area = || {
        let named = text.tokens.get(i).is_some_and(|t| t.capital);
        lex.area_after
            .at(text, i + 1)
            .filter(|_| named)
            .map(|(_, after)| after)
    };
    // "мэр Харькова Игорь Терехов": three words that are no name, patronymic and surname.
    let town = || {
        let patronymic = |t: &crate::text::Token| {
            ["вич", "вна", "ична", "ич"]
                .iter()
                .any(|e| t.form.ends_with(e))
        };
        (capitals(text, lex, i, end, 3) == i + 3 && !patronymic(&text.tokens[i + 1]))
            .then_some(i + 1)
    };
    let after = lex
        .parties
        .at(text, i)
        .map(|(_, after)| after)
        .or_else(area)
        .or_else(|| country_at(text, i).map(|(_, after)| after))
        .or_else(|| large(i).then_some(i + 1))
        .or_else(town);
    match after {
        Some(after) if capitals(text, lex, after, end, 2) > after => after,
        _ if capitals(text, lex, i, end, 2) > i + 1 => i,
        _ => first,
    }
}

/// The words of a name without article and possessive ending.
fn bare(text: &Text, range: Range<usize>) -> String {
    let mut start = range.start;
    while start < range.end && matches!(text.tokens[start].form.as_str(), "the" | "a" | "an") {
        start += 1;
    }
    let words = text.words(start..range.end);
    words
        .trim_end_matches("'s")
        .trim_end_matches("’s")
        .to_owned()
}

fn known(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let (country, start) = match adjective_at(text, i) {
        Some((country, after)) if lex.parties.at(text, after).is_some() => (Some(country), after),
        _ => (None, i),
    };
    let (party, mut after) = lex
        .parties
        .at(text, start)
        .filter(|(_, after)| *after <= end)?;
    // A short name is written large; "un" and "watch" are also words.
    let written_large = text.tokens[start..after].iter().any(|t| t.capital);
    if !written_large && !party.name.contains("{country}") {
        return None;
    }
    // "(UNHCR)" after the name in full.
    if text.tokens.get(after).is_some_and(|t| t.is("("))
        && text.tokens.get(after + 2).is_some_and(|t| t.is(")"))
    {
        after += 3;
    }
    let mut name = party.name.clone();
    if name.contains("{country}") {
        let beside = country.map(str::to_owned).or_else(|| {
            let (country, end) = country_at(text, after)?;
            after = end;
            Some(country.to_owned())
        });
        name = match beside {
            Some(country) => name.replace("{country}", &country),
            None => name.replace(" of {country}", ""),
        };
    }
    make(
        i..after,
        name,
        party.kind,
        class_of(party.kind),
        party.sends,
    )
}

/// "the Azerbaijani Foreign Ministry", "Ukraine's Ministry of Culture", "General Directorate of Antiquities and Museums".
fn body(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let first = &text.tokens[i];
    let belongs = adjective_at(text, i)
        .or_else(|| country_at(text, i).filter(|(_, after)| text.tokens[after - 1].possessive));
    let small_ok = belongs.is_some() || belongs_small(text, lex, i, end);
    let named = first.capital && !first.is("the");
    if !named && !small_ok && !lex.bodies.contains(&first.form) {
        return None;
    }
    let mut at = belongs.map_or(i, |(_, after)| after);
    let mut has_body = false;
    let mut last = at;
    while at < end && at - i < 14 {
        let token = &text.tokens[at];
        let another = has_body && token.is("the") && lex.and.contains(&text.tokens[at - 1].form);
        if token.sort != Sort::Word || (token.opens && at > i) || another {
            break;
        }
        let is_body = lex.bodies.contains(&token.form) && (token.capital || small_ok);
        let joins = lex.joins.contains(&token.form) && at > i;
        let small_word = small_ok && !has_body && at < i + 4 && !lex.stops.contains(&token.form);
        if is_body {
            has_body = true;
            last = at + 1;
        } else if token.capital {
            // A second State or organisation after "and" is another party.
            let after_and = at > i && lex.and.contains(&text.tokens[at - 1].form);
            if after_and
                && has_body
                && (lex.parties.at(text, at).is_some()
                    || country_at(text, at).is_some()
                    || adjective_at(text, at).is_some())
            {
                break;
            }
            last = at + 1;
        } else if !(joins || small_word) {
            break;
        }
        at += 1;
        if token.possessive {
            break;
        }
    }
    // "culture ministry", "ministry of culture": small letters after a small body.
    if has_body
        && small_ok
        && text.tokens.get(last).is_some_and(|t| t.is("of"))
        && text
            .tokens
            .get(last + 1)
            .is_some_and(|t| !t.capital && t.sort == Sort::Word)
    {
        last += 2;
    }
    if !has_body || last <= i || (last == i + 1 && !small_ok) {
        return None;
    }
    if lex.language == "en" && of_a_body(text, lex, i, last) {
        return None;
    }
    let mut name = bare(text, i..last);
    // "Ukraine's culture ministry" and "Ukraine's Ministry of Culture" are one.
    if let Some((country, after)) = belongs
        && text.tokens[after - 1].possessive
        && last == after + 2
        && text.tokens[after + 1].is("ministry")
        && !text.tokens[after].is("foreign")
    {
        let topic = &text.tokens[after].form;
        let (first, rest) = topic.split_at(topic.chars().next().map_or(0, char::len_utf8));
        name = format!("Ministry of {}{rest} of {country}", first.to_uppercase());
    }
    // "Ukraine's Ministry of Culture" is the Ministry of Culture of Ukraine.
    if let (Some((country, after)), true) = (belongs, bare(text, i..last).contains(" of "))
        && text.tokens[after - 1].possessive
        && after < last
    {
        name = format!("{} of {country}", text.words(after..last));
    }
    let organ = [
        "ministry",
        "department",
        "directorate",
        "government",
        "parliament",
        "authority",
        "service",
        "agency",
        "inspectorate",
        "administration",
    ];
    let is_organ = text.tokens[i..last]
        .iter()
        .any(|t| organ.contains(&t.form.as_str()));
    let (kind, class) = if is_organ {
        (PartyKind::StateOrgan, Class::Organ)
    } else {
        (PartyKind::Other, Class::Organisation)
    };
    make(i..last, name, kind, class, false)
}

/// "Jane Roe of the National Museum": a person's name before "of the", no part of the body's.
fn of_a_body(text: &Text, lex: &Lexicon, i: usize, last: usize) -> bool {
    let Some(of) = (i..last).find(|k| text.tokens[*k].is("of")) else {
        return false;
    };
    let body = |k: usize| lex.bodies.contains(&text.tokens[k].form);
    of == i + 2
        && of + 2 < last
        && text.tokens[of + 1].is("the")
        && (i..of).all(|k| text.tokens[k].capital && !body(k))
        && adjective_at(text, i).is_none()
        && lex.nouns.all_in(text, i..of).is_empty()
}

/// "the interim administration of Tigray": small letters, and a name after "of".
fn belongs_small(text: &Text, lex: &Lexicon, i: usize, end: usize) -> bool {
    let first = &text.tokens[i];
    let after_the = i > 0 && text.tokens[i - 1].is("the");
    let named_after = |k: usize| {
        lex.bodies.contains(&text.tokens[k].form)
            && text.tokens.get(k + 1).is_some_and(|t| t.is("of"))
            && text.tokens.get(k + 2).is_some_and(|t| t.capital)
            && text.tokens[i..k]
                .iter()
                .all(|t| t.sort == Sort::Word && !lex.stops.contains(&t.form))
    };
    !first.capital && after_the && (i..(i + 3).min(end)).any(named_after)
}

/// "the Malian authorities", "Iraqi officials".
fn authorities(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let (_, at) = adjective_at(text, i)
        .or_else(|| country_at(text, i).filter(|(_, after)| text.tokens[after - 1].possessive))?;
    let noun_end = [2, 1].into_iter().map(|n| at + n).find(|e| {
        *e <= end
            && lex
                .authorities
                .iter()
                .any(|a| stem_fits(a, &forms(text, at..*e)))
    })?;
    make(
        i..noun_end,
        bare(text, i..noun_end),
        PartyKind::StateOrgan,
        Class::Organ,
        false,
    )
}

fn forms(text: &Text, range: Range<usize>) -> String {
    text.tokens[range]
        .iter()
        .map(|t| t.form.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn stem_fits(pattern: &str, form: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == form, |stem| form.starts_with(stem))
}

fn people(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let ((), after) = lex.people.at(text, i).filter(|(_, after)| *after <= end)?;
    let name = forms(text, i..after);
    let name = name
        .trim_start_matches("many ")
        .trim_start_matches("some ")
        .trim_start_matches("several ")
        .to_owned();
    make(i..after, name, PartyKind::Other, Class::People, false)
}

fn state(text: &Text, i: usize, end: usize) -> Option<Mention> {
    let (country, after) = country_at(text, i).filter(|(_, after)| *after <= end)?;
    make(
        i..after,
        country.to_owned(),
        PartyKind::State,
        Class::State,
        false,
    )
}

/// A State acts in the nominative: in "the directorate of Syria said" somebody else does.
fn stands_alone(text: &Text, lex: &Lexicon, mention: &Mention) -> bool {
    lex.language != "ru"
        || crate::lexicon::is_nominative(&mention.name, &text.tokens[mention.range.start].form)
}

fn maybe_person(text: &Text, lex: &Lexicon, i: usize, end: usize) -> Option<Mention> {
    let token = &text.tokens[i];
    if !token.capital
        || token.is("the")
        || lex.stops.contains(&token.form)
        || lex.joins.contains(&token.form)
        || lex.at.contains(&token.form)
    {
        return None;
    }
    let after = capitals(text, lex, i, end, 4);
    if after - i < 2
        || !lex.nouns.all_in(text, i..after).is_empty()
        || !lex.parties.all_in(text, i..after).is_empty()
        || !lex.mission_nouns.all_in(text, i..after).is_empty()
        || lex.area_after.at(text, after).is_some()
    {
        return None;
    }
    make(
        i..after,
        bare(text, i..after),
        PartyKind::Person,
        Class::MaybePerson,
        false,
    )
}
