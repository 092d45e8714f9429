//! Who says what: the stretch of a sentence that somebody's verb of saying covers.

use super::mentions::{Class, Mention};
use crate::lexicon::Lexicon;
use crate::text::Text;
use std::ops::Range;

/// A speaker and the tokens they speak for.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    /// None: somebody speaks, but it is not clear who; nothing is attributed then.
    pub speaker: Option<Mention>,
    /// The verb, or "according to".
    pub verb: Range<usize>,
    /// What they say.
    pub covers: Range<usize>,
    /// They deny it.
    pub denies: bool,
}

/// Everything said in a sentence, in order.
pub(crate) fn of_sentence(
    text: &Text,
    lex: &Lexicon,
    mentions: &[Mention],
    sentence: Range<usize>,
) -> Vec<Speech> {
    let here: Vec<&Mention> = mentions
        .iter()
        .filter(|m| !m.within && m.range.start >= sentence.start && m.range.end <= sentence.end)
        .collect();
    let mut found: Vec<Speech> = Vec::new();
    for (range, ()) in lex.according.all_in(text, sentence.clone()) {
        let speaker = here.iter().find(|m| {
            m.range.start >= range.end
                && m.range.start <= range.end + 2
                && light_between(text, lex, range.end..m.range.start)
        });
        let after = speaker.map_or(range.end, |m| m.range.end);
        let covers = accorded(text, lex, &sentence, &range, after);
        found.push(Speech {
            speaker: speaker.map(|m| (*m).clone()),
            verb: range,
            covers,
            denies: false,
        });
    }
    for (verbs, denies, establishes) in [
        (&lex.says, false, false),
        (&lex.establishes, false, true),
        (&lex.denies, true, false),
    ] {
        for (verb, ()) in verbs.all_in(text, sentence.clone()) {
            match said(
                text,
                lex,
                &here,
                &sentence,
                verb.clone(),
                denies,
                establishes,
            ) {
                Some(speech) => found.push(speech),
                // Somebody speaks who was not made out: at least it is not the publication.
                None if !establishes => found.push(Speech {
                    speaker: None,
                    covers: sentence.clone(),
                    verb,
                    denies: false,
                }),
                None => {}
            }
        }
    }
    found.sort_by_key(|s| s.verb.start);
    found
}

/// What "according to …" speaks for: at the head of a clause what follows, at the end of one what stands
/// before it, and in the middle ("in Mosul, according to …, 12 shrines") both.
fn accorded(
    text: &Text,
    lex: &Lexicon,
    sentence: &Range<usize>,
    range: &Range<usize>,
    after: usize,
) -> Range<usize> {
    let another = lex
        .according
        .all_in(text, after..sentence.end)
        .first()
        .map_or(sentence.end, |(next, ())| next.start);
    let end = clause_end(text, after..sentence.end).min(another);
    if range.start == sentence.start {
        return after..if another < sentence.end {
            end
        } else {
            sentence.end
        };
    }
    let comma = text.tokens[range.start - 1].is(",");
    if !comma
        && follows_break(text, sentence, range.start)
        && rest_says_something(text, lex, after, end)
    {
        return after..end;
    }
    let goes_on = comma && another == sentence.end;
    sentence.start..if goes_on { end } else { range.start }
}

/// Where a stretch comes to a semicolon, else its end.
fn clause_end(text: &Text, range: Range<usize>) -> usize {
    range
        .clone()
        .find(|k| text.tokens[*k].is(";"))
        .unwrap_or(range.end)
}

fn said(
    text: &Text,
    lex: &Lexicon,
    here: &[&Mention],
    sentence: &Range<usize>,
    verb: Range<usize>,
    denies: bool,
    establishes: bool,
) -> Option<Speech> {
    // "was reported by X", "verified by X": the speaker comes after.
    if text
        .tokens
        .get(verb.end)
        .is_some_and(|t| lex.by.contains(&t.form))
    {
        let speaker = here
            .iter()
            .find(|m| m.range.start > verb.end && m.range.start <= verb.end + 2)?;
        return Some(Speech {
            speaker: Some((*speaker).clone()),
            covers: sentence.start..verb.start,
            verb,
            denies,
        });
    }
    let passive = verb.start > sentence.start
        && lex.auxiliaries.contains(&text.tokens[verb.start - 1].form)
        && !matches!(
            text.tokens[verb.start - 1].form.as_str(),
            "reported" | "left"
        );
    if passive {
        // "Isaczai was informed that …": it is said, but not by him.
        let that = text
            .tokens
            .get(verb.end)
            .is_some_and(|t| lex.relative.contains(&t.form));
        return that.then_some(Speech {
            speaker: None,
            covers: verb.end..sentence.end,
            verb,
            denies,
        });
    }
    if let Some(speaker) = before(text, lex, here, sentence, &verb) {
        let covers = if postposed(text, lex, sentence, &speaker, &verb) {
            sentence.start..speaker.range.start
        } else {
            verb.end..sentence.end
        };
        // "Neither UNESCO nor ICOMOS has confirmed", "did not say": not said is not denied, and not claimed.
        let about = speaker.range.start.saturating_sub(3).max(sentence.start)..verb.start;
        let negated = !lex.negations.all_in(text, about).is_empty();
        return Some(Speech {
            speaker: Some(speaker),
            verb,
            covers,
            denies: denies || negated,
        });
    }
    if establishes {
        return None;
    }
    // "…, said X." and "«…», — заявили в X"
    let skip = text
        .tokens
        .get(verb.end)
        .is_some_and(|t| t.is("the") || t.is("a") || lex.at.contains(&t.form));
    let at = verb.end + usize::from(skip);
    let after = here
        .iter()
        .find(|m| m.range.start == at || m.range.start == verb.end)?;
    let closes = verb.start > sentence.start
        && matches!(
            text.tokens[verb.start - 1].form.as_str(),
            "," | "”" | "\"" | "»" | "—" | "–" | "-"
        );
    if closes {
        return Some(Speech {
            speaker: Some(speaking(after)),
            covers: sentence.start..verb.start,
            verb,
            denies,
        });
    }
    // A verb first, as other languages have it: "сообщили в министерстве, что …"
    (verb.start == sentence.start).then(|| Speech {
        speaker: Some(speaking(after)),
        covers: after.range.end..sentence.end,
        verb,
        denies,
    })
}

fn speaking(mention: &Mention) -> Mention {
    let class = if mention.class == Class::MaybePerson {
        Class::Person
    } else {
        mention.class
    };
    Mention {
        class,
        ..mention.clone()
    }
}

/// The subject before a verb: right before it but for light words, an insertion between commas or a relative clause.
fn before(
    text: &Text,
    lex: &Lexicon,
    here: &[&Mention],
    sentence: &Range<usize>,
    verb: &Range<usize>,
) -> Option<Mention> {
    let candidates: Vec<&&Mention> = here.iter().filter(|m| m.range.end <= verb.start).collect();
    // "Heritage Watch, a group at a university, found": the insertion says who they are.
    let introduced = candidates.iter().find(|m| {
        let between = m.range.end..verb.start;
        let commas = between.clone().filter(|k| text.tokens[*k].is(",")).count();
        between.len() > 3
            && commas == 2
            && text.tokens[between.start].is(",")
            && text.tokens[between.end - 1].is(",")
            && matches!(text.tokens[between.start + 1].form.as_str(), "a" | "an")
            && m.class != Class::State
    });
    if let Some(mention) = introduced {
        return Some(speaking(mention));
    }
    for mention in candidates.iter().rev() {
        // "The Islamic Community of Kosovo says": a country's name ends the name of somebody else.
        if mention.class == Class::State
            && mention.range.start > sentence.start
            && text.tokens[mention.range.start - 1].is("of")
        {
            return None;
        }
        if text.tokens[mention.range.end - 1].possessive {
            // "UNESCO's director said": the director is somebody else.
            if !light_possession(text, mention, verb) {
                continue;
            }
            return Some(speaking(mention));
        }
        let between = mention.range.end..verb.start;
        if light_between(text, lex, between.clone()) {
            // "Jane Roe of the National Museum said": she says it.
            let person = candidates.iter().find(|m| {
                let of = m.range.end..mention.range.start;
                matches!(m.class, Class::Person | Class::MaybePerson)
                    && (1..=2).contains(&of.len())
                    && text.tokens[of.start].is("of")
            });
            return Some(speaking(person.unwrap_or(mention)));
        }
        let Some(opening) = text.tokens.get(between.start) else {
            continue;
        };
        let relative = lex.relative.contains(&opening.form);
        let apposed = opening.is(",")
            && between.len() == 1
            && matches!(mention.class, Class::Person | Class::MaybePerson);
        let inserted = opening.is(",") && text.tokens[between.end - 1].is(",") && between.len() > 2;
        let begins = mention.range.start <= sentence.start + 2
            || follows_break(text, sentence, mention.range.start);
        let no_speaker_within = !candidates.iter().any(|m| {
            m.range.start >= between.start
                && matches!(
                    m.class,
                    Class::Organ | Class::Organisation | Class::Mission | Class::People
                )
        });
        if apposed || inserted || (relative && begins && no_speaker_within) {
            return Some(speaking(mention));
        }
        // Another party stands nearer to the verb and is not its subject: nobody is sure.
        if !matches!(mention.class, Class::MaybePerson | Class::State) {
            return None;
        }
    }
    None
}

/// "the ministry's report said", "UNESCO's list shows".
fn light_possession(text: &Text, mention: &Mention, verb: &Range<usize>) -> bool {
    let between = &text.tokens[mention.range.end..verb.start];
    let papers = [
        "report",
        "statement",
        "list",
        "data",
        "figures",
        "assessment",
        "database",
        "website",
        "press",
        "office",
        "latest",
        "own",
        "spokesperson",
        "spokesman",
        "spokeswoman",
    ];
    between.len() <= 3 && between.iter().all(|t| papers.contains(&t.form.as_str()))
}

fn light_between(text: &Text, lex: &Lexicon, between: Range<usize>) -> bool {
    let opens = between.start;
    // "the ministry in Gaza said": where they sit.
    let seat = |k: usize| {
        k == opens + 1
            && lex.at.contains(&text.tokens[opens].form)
            && !matches!(text.tokens[opens].form.as_str(), "of" | "from")
            && text.tokens[k].capital
    };
    between.len() <= 8
        && between.clone().all(|k| {
            let t = &text.tokens[k];
            (seat(k) || (k == opens && seat(k + 1)))
                || lex.light.contains(&t.form)
                || lex.months.contains(&t.form)
                || lex.weekdays.contains(&t.form)
                || t.sort == crate::text::Sort::Number
                || matches!(t.form.as_str(), "the" | "(" | ")")
        })
}

fn follows_break(text: &Text, sentence: &Range<usize>, i: usize) -> bool {
    i > sentence.start && {
        let mut k = i - 1;
        while k > sentence.start && matches!(text.tokens[k].form.as_str(), "the" | "a" | "an") {
            k -= 1;
        }
        matches!(
            text.tokens[k].form.as_str(),
            "," | ";" | "while" | "and" | "but" | "that" | "—" | "–" | "“" | "”" | "»"
        )
    }
}

/// "…, the ministry said.": nothing but the end follows the verb, and a comma or quote stands before.
fn postposed(
    text: &Text,
    lex: &Lexicon,
    sentence: &Range<usize>,
    speaker: &Mention,
    verb: &Range<usize>,
) -> bool {
    if !follows_break(text, sentence, speaker.range.start) {
        return false;
    }
    let mut k = speaker.range.start;
    while k > sentence.start && matches!(text.tokens[k - 1].form.as_str(), "the" | "a" | "an") {
        k -= 1;
    }
    let comma = k > sentence.start
        && matches!(
            text.tokens[k - 1].form.as_str(),
            "," | "”" | "\"" | "»" | "—" | "–"
        );
    let end = clause_end(text, verb.end..sentence.end);
    // "…, the ministry said on Monday, adding that 3 were looted" goes on after the verb.
    comma
        && (end - verb.end <= 5 || !rest_says_something(text, lex, verb.end, end))
        && speaker.range.start > sentence.start + 4
}

/// Whether a stretch holds more than a date or a place.
fn rest_says_something(text: &Text, lex: &Lexicon, from: usize, to: usize) -> bool {
    let says = |t: &crate::text::Token| {
        t.sort == crate::text::Sort::Word
            && !lex.light.contains(&t.form)
            && !lex.months.contains(&t.form)
            && !lex.weekdays.contains(&t.form)
    };
    from < to && text.tokens[from..to].iter().filter(|t| says(t)).count() > 3
}

/// Who says what stands at a token; `Ok(None)` when nobody does, `Err` when somebody unknown or denying does.
pub(crate) fn speaker_at(speeches: &[Speech], i: usize) -> Result<Option<&Mention>, ()> {
    let covering = || speeches.iter().filter(|s| s.covers.contains(&i));
    let order = |s: &&Speech| {
        if s.verb.start <= i {
            (1, s.verb.start)
        } else {
            (0, usize::MAX - s.verb.start)
        }
    };
    let nearest = covering()
        .filter(|s| s.speaker.is_some())
        .max_by_key(order)
        .or_else(|| covering().max_by_key(order));
    match nearest {
        None => Ok(None),
        Some(Speech { denies: true, .. } | Speech { speaker: None, .. }) => Err(()),
        Some(speech) => Ok(speech.speaker.as_ref()),
    }
}
