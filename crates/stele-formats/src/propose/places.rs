//! Areas and named sites, found by the words beside a name; no gazetteer decides what exists.

use crate::lexicon::{Lexicon, adjective_at, country_at};
use crate::text::{Sort, Text, one_line};
use std::ops::Range;
use stele_model::{AreaKind, Category};

/// An area named in the text.
#[derive(Debug, Clone)]
pub(crate) struct AreaName {
    pub range: Range<usize>,
    pub name: String,
    pub kind: AreaKind,
    /// Named with a word that says what it is, not only after a preposition.
    pub explicit: bool,
}

/// A site named in the text.
#[derive(Debug, Clone)]
pub(crate) struct SiteName {
    pub range: Range<usize>,
    pub name: String,
    pub category: Category,
}

fn is_name(text: &Text, lex: &Lexicon, i: usize) -> bool {
    text.tokens.get(i).is_some_and(|t| {
        t.sort == Sort::Word
            && t.capital
            && !lex.months.contains(&t.form)
            && !lex.weekdays.contains(&t.form)
            && !lex.stops.contains(&t.form)
            && !lex.at.contains(&t.form)
            && lex.says.at(text, i).is_none_or(|(_, end)| end != i + 1)
    })
}

/// Every area of a sentence. `taken` holds tokens that name a party or a person.
pub(crate) fn areas(
    text: &Text,
    lex: &Lexicon,
    sentence: Range<usize>,
    taken: &dyn Fn(usize) -> bool,
) -> Vec<AreaName> {
    let mut found: Vec<AreaName> = Vec::new();
    let mut i = sentence.start;
    while i < sentence.end {
        if let Some((name, end)) = lex
            .places
            .at(text, i)
            .filter(|(_, end)| *end <= sentence.end && text.tokens[i].capital)
        {
            let kind = if name.ends_with("region") {
                AreaKind::Region
            } else {
                AreaKind::City
            };
            found.push(AreaName {
                range: i..end,
                name: name.clone(),
                kind,
                explicit: false,
            });
            i = end;
            continue;
        }
        if let Some((kind, end)) = lex
            .area_before
            .at(text, i)
            .filter(|(_, end)| is_name(text, lex, *end))
        {
            let last = name_end(text, lex, end, sentence.end);
            found.push(AreaName {
                range: end..last,
                name: bare(text, end..last),
                kind: *kind,
                explicit: true,
            });
            i = last;
            continue;
        }
        if is_name(text, lex, i) && !taken(i) {
            let end = name_end(text, lex, i, sentence.end);
            if let Some((kind, after)) = lex
                .area_after
                .at(text, end)
                .filter(|_| country_at(text, i).is_none_or(|(_, e)| e < end))
            {
                let plural = text.tokens[after - 1].form.ends_with('s');
                if plural {
                    found.extend(listed_before(text, lex, i, *kind, sentence.start));
                    found.push(AreaName {
                        range: i..end,
                        name: bare(text, i..end),
                        kind: *kind,
                        explicit: true,
                    });
                } else {
                    found.push(AreaName {
                        range: i..after,
                        name: text.words(i..after),
                        kind: *kind,
                        explicit: true,
                    });
                }
                i = after;
                continue;
            }
            let preposed = i > sentence.start && {
                let before = &text.tokens[i - 1];
                let at =
                    lex.at.contains(&before.form) && before.form != "of" && before.form != "from";
                at || lex.stages.at(text, i - 1).is_some_and(|(_, e)| e == i)
            };
            let country = country_at(text, i).is_some_and(|(_, e)| e == end);
            let site = lex
                .nouns
                .all_in(text, i..end.max(i + 1))
                .into_iter()
                .next()
                .is_some()
                || lex.nouns.at(text, end).is_some_and(|(n, _)| !n.plural);
            if preposed
                && !country
                && !site
                && adjective_at(text, i).is_none()
                && !text.tokens[end - 1].possessive
            {
                found.push(AreaName {
                    range: i..end,
                    name: bare(text, i..end),
                    kind: AreaKind::Other,
                    explicit: false,
                });
            }
            i = end;
            continue;
        }
        i += 1;
    }
    found.sort_by_key(|a| a.range.start);
    found.dedup_by(|a, b| a.range == b.range);
    found
}

/// "Kalbajar, Aghdam and Lachin regions": the names before the last one of a list.
fn listed_before(
    text: &Text,
    lex: &Lexicon,
    last: usize,
    kind: AreaKind,
    from: usize,
) -> Vec<AreaName> {
    let mut found = Vec::new();
    let mut i = last;
    while i > from + 1 && (text.tokens[i - 1].is(",") || lex.and.contains(&text.tokens[i - 1].form))
    {
        let mut end = i - 1;
        if end > from && text.tokens[end - 1].is(",") {
            end -= 1;
        }
        let mut start = end;
        while start > from
            && is_name(text, lex, start - 1)
            && adjective_at(text, start - 1).is_none()
        {
            start -= 1;
        }
        // "Azerbaijan's Armenian-occupied Kalbajar": what describes is not the name.
        while start + 1 < end
            && (text.tokens[start].form.contains('-') || text.tokens[start].possessive)
        {
            start += 1;
        }
        if start == end {
            break;
        }
        found.push(AreaName {
            range: start..end,
            name: bare(text, start..end),
            kind,
            explicit: true,
        });
        i = start;
    }
    found
}

/// Capitalised words in a row.
fn name_end(text: &Text, lex: &Lexicon, i: usize, end: usize) -> usize {
    let mut at = i + 1;
    while at < end
        && at - i < 4
        && is_name(text, lex, at)
        && !text.tokens[at].opens
        && !text.tokens[at - 1].possessive
    {
        at += 1;
    }
    at
}

fn bare(text: &Text, range: Range<usize>) -> String {
    let words = text.words(range);
    words
        .trim_end_matches("'s")
        .trim_end_matches("’s")
        .to_owned()
}

/// Every named site of a sentence: a heritage noun in the singular with a name on it.
pub(crate) fn sites(text: &Text, lex: &Lexicon, sentence: Range<usize>) -> Vec<SiteName> {
    let mut found: Vec<SiteName> = Vec::new();
    for (noun, what) in lex.nouns.all_in(text, sentence.clone()) {
        if what.plural && lex.language == "en"
            || what.vague
            || found.last().is_some_and(|s| s.range.end > noun.start)
        {
            continue;
        }
        let mut start = noun.start;
        while start > sentence.start {
            let before = start - 1;
            let token = &text.tokens[before];
            let joined = lex.joins.contains(&token.form)
                && !token.capital
                && before > sentence.start
                && is_name(text, lex, before - 1)
                && !(lex.and.contains(&token.form) && ends_a_noun(text, lex, before));
            if text.tokens[start].opens
                || token.possessive
                || !(is_name(text, lex, before) || joined)
            {
                break;
            }
            start = before;
        }
        let small = |t: &crate::text::Token| {
            (lex.joins.contains(&t.form) && !t.capital) || lex.stops.contains(&t.form)
        };
        while start < noun.start && small(&text.tokens[start]) {
            start += 1;
        }
        let mut end = noun.end;
        if text.tokens.get(end).is_some_and(|t| t.is("of")) {
            let skip = usize::from(
                text.tokens
                    .get(end + 1)
                    .is_some_and(|t| t.is("the") || t.is("st")),
            );
            let mut last = end + 1 + skip;
            let first = last;
            while last < sentence.end
                && (is_name(text, lex, last)
                    || (lex.joins.contains(&text.tokens[last].form)
                        && last > first
                        && last + 1 < sentence.end
                        && is_name(text, lex, last + 1)
                        && !lex.and.contains(&text.tokens[last].form)))
            {
                last += 1;
                if text.tokens[last - 1].possessive {
                    break;
                }
            }
            if last > first {
                end = last;
            }
        }
        // "a church" and "the museum" name nothing; a country's adjective alone does not either.
        // "the Drama Theatre": two words, both written large.
        let large = noun.len() >= 2 && noun.clone().all(|k| text.tokens[k].capital);
        let named = end > noun.end
            || large
            || (start < noun.start
                && !(start + 1 == noun.start && adjective_at(text, start).is_some()));
        if !named {
            continue;
        }
        // "once a Crusader church": one of its kind, not the one of that name.
        if start > sentence.start && matches!(text.tokens[start - 1].form.as_str(), "a" | "an") {
            continue;
        }
        let name = one_line(&bare(text, start..end));
        if ["world heritage", "un ", "unesco "]
            .iter()
            .any(|p| name.to_lowercase().starts_with(p))
        {
            continue;
        }
        found.push(SiteName {
            range: start..end,
            name,
            category: what.category,
        });
    }
    found
}

/// Whether a heritage noun ends before a token: "the Drama Theatre and Regional Museum" are two.
fn ends_a_noun(text: &Text, lex: &Lexicon, i: usize) -> bool {
    (i.saturating_sub(4)..i).any(|k| lex.nouns.at(text, k).is_some_and(|(_, end)| end == i))
}

/// The area a site is said to lie in: "in Fuzuli district - Azykh Cave", "Azykh Cave in Fuzuli district".
pub(crate) fn area_of<'a>(
    text: &Text,
    lex: &Lexicon,
    range: &Range<usize>,
    areas: &'a [AreaName],
    last: Option<&'a AreaName>,
) -> Option<&'a AreaName> {
    let dash = |t: &crate::text::Token| matches!(t.form.as_str(), "-" | "–" | "—" | ",");
    let after = areas.iter().find(|a| {
        let between = range.end..a.range.start;
        a.range.start >= range.end
            && between.len() <= 2
            && text.tokens[between]
                .iter()
                .all(|t| (lex.at.contains(&t.form) && !t.is("from")) || t.is("the"))
    });
    after
        .filter(|a| a.range.start > range.end)
        .or_else(|| {
            areas.iter().find(|a| {
                a.range.end < range.start
                    && range.start - a.range.end == 1
                    && text.tokens.get(a.range.end).is_some_and(dash)
                    && preposed(text, lex, a)
            })
        })
        .or_else(|| {
            // "In Taiz, the National Museum was burned"
            let opens = |a: &&AreaName| {
                a.range.end < range.start
                    && preposed(text, lex, a)
                    && text.tokens.get(a.range.end).is_some_and(|t| t.is(","))
                    && a.range.start >= 1
                    && (text.tokens[a.range.start - 1].opens
                        || text.tokens[a.range.start - 1].capital)
            };
            areas.first().filter(opens)
        })
        .or_else(|| {
            // "14 of the city's mausoleums", "the monument at the entrance of the city"
            let stretch = range.start..(range.end + 7).min(text.tokens.len());
            let here = areas.iter().rev().find(|a| a.range.end <= range.start);
            lex.the_place
                .all_in(text, stretch)
                .first()
                .and(here.or(last))
        })
}

fn preposed(text: &Text, lex: &Lexicon, area: &AreaName) -> bool {
    area.range.start > 0 && lex.at.contains(&text.tokens[area.range.start - 1].form)
}
