//! Records proposed from the text of an article. Nothing here decides: a person accepts, edits or rejects.
//!
//! Precision comes before recall: where it is not clear who says something, or whether it is said to
//! have happened, nothing is proposed. The languages are tables (`lang/*.toml`), the rules are shared.

pub(crate) mod dates;
mod figures;
mod instruments;
mod mentions;
mod missions;
mod places;
mod proposal;
pub(crate) mod quantity;
mod speech;

use crate::article::Document;
use crate::lexicon::Lexicon;
use crate::text::{Text, one_line};
use figures::{Condition, Counted, Item};
use mentions::{Class, Mention};
use places::AreaName;
pub use proposal::{AggregateRef, PartyRef, Proposal, Proposed, SiteRef, StepRef};
use std::collections::BTreeSet;
use std::ops::Range;
use stele_model::date::Day;
use stele_model::{Category, EdtfDate, Issue, PartyKind, Passage, SiteKind, Stage, Word};

/// Reads a document's text and proposes records, in the order of the text.
pub fn propose(document: &Document) -> Vec<Proposal> {
    let Some(lex) = document.language.as_deref().and_then(Lexicon::of) else {
        return Vec::new();
    };
    let text = Text::new(&document.text, document.body_start, &lex.abbreviations);
    let published = document.published.as_ref().and_then(EdtfDate::earliest);
    let mentions = mentions::all(&text, lex);
    let publisher = PartyRef {
        name: document
            .publisher
            .clone()
            .unwrap_or_else(|| "the publication".into()),
        kind: PartyKind::Media,
        country: None,
        own_voice: true,
    };
    let mut reader = Reader {
        text,
        lex,
        document,
        published,
        mentions,
        publisher,
        last_area: None,
        total: None,
        made: Vec::new(),
    };
    for sentence in reader.text.sentences.clone() {
        reader.read(sentence);
    }
    reader.finish()
}

struct Reader<'a> {
    text: Text,
    lex: &'static Lexicon,
    document: &'a Document,
    published: Option<Day>,
    mentions: Vec<Mention>,
    publisher: PartyRef,
    /// For "the city's mausoleums".
    last_area: Option<AreaName>,
    /// The claim a breakdown of the next sentence ("59 of them") belongs to, with the sentence it stands in.
    total: Option<(usize, Range<usize>)>,
    made: Vec<Proposal>,
}

fn party_of(mention: &Mention) -> PartyRef {
    PartyRef {
        name: mention.name.clone(),
        kind: mention.kind,
        country: mention.country.map(str::to_owned),
        own_voice: false,
    }
}

fn unnamed_kind(category: Category) -> SiteKind {
    match category {
        Category::Museum
        | Category::Library
        | Category::Archive
        | Category::Gallery
        | Category::Theatre => SiteKind::Institution,
        c if c.is_movable() => SiteKind::Object,
        _ => SiteKind::Place,
    }
}

impl Reader<'_> {
    fn passage(&self, range: Range<usize>) -> Passage {
        const AROUND: usize = 40;
        let tokens = &self.text.tokens;
        let (start, end) = (tokens[range.start].start, tokens[range.end - 1].end);
        Passage {
            exact: self.text.slice(start, end),
            prefix: one_line(&self.text.slice(start.saturating_sub(AROUND), start)),
            suffix: one_line(
                &self
                    .text
                    .slice(end, (end + AROUND).min(self.text.chars.len())),
            ),
            start: u32::try_from(start).ok(),
            end: u32::try_from(end).ok(),
        }
    }

    fn read(&mut self, sentence: Range<usize>) {
        let speeches = speech::of_sentence(&self.text, self.lex, &self.mentions, sentence.clone());
        let areas = {
            let named = |i: usize| {
                self.mentions.iter().any(|m| {
                    m.class != Class::State
                        && m.range.contains(&i)
                        && (m.class != Class::MaybePerson)
                })
            };
            places::areas(&self.text, self.lex, sentence.clone(), &named)
        };
        let mut sites = places::sites(&self.text, self.lex, sentence.clone());
        // "The Church of Cyprus says": who speaks is not what is spoken of.
        sites.retain(|site| {
            let speaks =
                |m: &Mention| m.range.start < site.range.end && site.range.start < m.range.end;
            !speeches
                .iter()
                .any(|s| s.speaker.as_ref().is_some_and(speaks))
        });
        let items = figures::items(&self.text, self.lex, sentence.clone(), sites);
        let conditions = figures::conditions(&self.text, self.lex, sentence.clone(), &items);
        self.claims(&sentence, &speeches, &areas, &items, &conditions);
        self.breakdown(&sentence, &areas);
        self.areas(&areas, &speeches);
        self.missions(&sentence, &speeches, &areas);
        self.characterisations(&sentence, &speeches);
        for invoked in instruments::invoked(&self.text, self.lex, sentence.clone(), self.published)
        {
            let party = self
                .speaker(&speeches, &sentence, invoked.range.start)
                .unwrap_or_else(|| self.publisher.clone());
            let passage = self.passage(invoked.range.clone());
            let what = Proposed::Instrument {
                name: invoked.name,
                kind: invoked.kind,
                adopted: invoked.adopted,
            };
            self.made.push(Proposal {
                what,
                passage,
                party,
            });
        }
        if let Some(area) = areas.into_iter().last() {
            self.last_area = Some(area);
        }
    }

    /// Who is responsible for a statement at a token: its speaker, or the publication in its own voice
    /// where nobody speaks in the paragraph so far.
    fn speaker(
        &self,
        speeches: &[speech::Speech],
        sentence: &Range<usize>,
        i: usize,
    ) -> Option<PartyRef> {
        match speech::speaker_at(speeches, i) {
            Ok(Some(mention)) => Some(party_of(mention)),
            Err(()) => None,
            Ok(None) => {
                let opens = (0..=sentence.start)
                    .rev()
                    .find(|k| self.text.tokens[*k].opens)
                    .unwrap_or(0);
                let earlier = self
                    .text
                    .sentences
                    .iter()
                    .filter(|s| s.start >= opens && s.end <= sentence.start);
                let spoken = earlier.into_iter().any(|s| {
                    !speech::of_sentence(&self.text, self.lex, &self.mentions, s.clone()).is_empty()
                });
                let quoted = self.text.tokens[sentence.clone()]
                    .iter()
                    .any(|t| matches!(t.form.as_str(), "“" | "«" | "\"" | "”" | "»"));
                // Beside somebody's words in one sentence, the rest is not surely the publication's.
                let spoken = spoken || !speeches.is_empty();
                (!spoken && !quoted).then(|| self.publisher.clone())
            }
        }
    }

    /// When a statement was made: a date before the verb of saying, else the day of publication.
    fn stated(
        &self,
        speeches: &[speech::Speech],
        sentence: &Range<usize>,
        i: usize,
    ) -> Option<EdtfDate> {
        let speech = speeches
            .iter()
            .filter(|s| s.covers.contains(&i))
            .max_by_key(|s| s.verb.start);
        let near = speech.and_then(|s| {
            let speaker = s
                .speaker
                .as_ref()
                .map_or(s.verb.clone(), |m| m.range.clone());
            let ahead = sentence.start..speaker.start.min(s.verb.start).max(sentence.start);
            // What stands in a clause between speaker and verb is the date of something else.
            let near = s
                .verb
                .start
                .saturating_sub(5)
                .max(speaker.end.min(s.verb.start))..s.verb.start;
            let close = s.verb.start <= speaker.end + 5;
            let said =
                |range: Range<usize>| dates::first_in(&self.text, self.lex, range, self.published);
            let before = if s.verb.start <= i { said(ahead) } else { None };
            before
                .or_else(|| close.then(|| said(near)).flatten())
                .or_else(|| {
                    // "said on June 22 that …"
                    let after = s.verb.end..(s.verb.end + 5).min(sentence.end);
                    let direct = self
                        .text
                        .tokens
                        .get(after.start)
                        .is_some_and(|t| matches!(t.form.as_str(), "on" | "in"));
                    direct
                        .then(|| dates::first_in(&self.text, self.lex, after, self.published))
                        .flatten()
                })
        });
        near.or_else(|| self.document.published.clone())
    }

    /// When it is said to have happened: the date after what is said, else the one the sentence opens with.
    fn event(
        &self,
        sentence: &Range<usize>,
        item: &Item,
        condition: &Condition,
    ) -> Option<EdtfDate> {
        let after = condition.range.end.max(item.range.end)..sentence.end;
        let ahead = sentence.start..item.range.start.min(condition.range.start);
        dates::of_event(&self.text, self.lex, after, self.published)
            .or_else(|| dates::opening(&self.text, self.lex, ahead, self.published))
    }

    /// Told along from another age: said to be of Soviet times, or of a day half a century before the text.
    fn long_ago(&self, sentence: &Range<usize>, item: &Item, condition: &Condition) -> bool {
        const YEARS: i64 = 50;
        let age = &self.lex.long_ago;
        let on = self.event(sentence, item, condition);
        let day = on
            .filter(|date| !date.to_string().ends_with(".."))
            .and_then(|date| date.earliest());
        !age.all_in(&self.text, sentence.clone()).is_empty()
            || matches!((day, self.published), (Some(day), Some(now)) if now.ymd().0 - day.ymd().0 > YEARS)
    }

    fn claims(
        &mut self,
        sentence: &Range<usize>,
        speeches: &[speech::Speech],
        areas: &[AreaName],
        items: &[Item],
        conditions: &[Option<Condition>],
    ) {
        let heritage_context = items.iter().any(|i| {
            matches!(
                &i.what,
                Counted::Site(_) | Counted::Many { vague: false, .. }
            )
        });
        let mut made_here: Vec<(usize, usize)> = Vec::new();
        for (k, (item, condition)) in items.iter().zip(conditions).enumerate() {
            let Some(condition) = condition else { continue };
            if self.long_ago(sentence, item, condition) {
                continue;
            }
            let Some(party) = self.speaker(speeches, sentence, item.range.start) else {
                continue;
            };
            if let Counted::Many { vague: true, .. } = item.what
                && !heritage_context
                && !self.speaks_of_heritage(&party)
            {
                continue;
            }
            let what = self.claim(sentence, speeches, areas, item, condition, items);
            let passage = self.passage(item.range.clone());
            self.made.push(Proposal {
                what,
                passage,
                party,
            });
            made_here.push((k, self.made.len() - 1));
        }
        self.parts(items, &made_here);
        let counts = |n: &usize| {
            matches!(
                &self.made[*n].what,
                Proposed::Claim {
                    aggregate: Some(_),
                    ..
                }
            )
        };
        if let Some((_, first)) = made_here.iter().find(|(_, n)| counts(n)) {
            self.total = Some((*first, sentence.clone()));
        }
    }

    /// A vague noun ("207 sites") counts heritage where who speaks, or the text so far, is about it.
    fn speaks_of_heritage(&self, party: &PartyRef) -> bool {
        const BODIES: &[&str] = &[
            "UNESCO",
            "ICOMOS",
            "ICCROM",
            "Culture",
            "Heritage",
            "Antiquities",
            "Museum",
            "Blue Shield",
        ];
        BODIES.iter().any(|b| party.name.contains(b))
            || self
                .made
                .iter()
                .any(|p| matches!(&p.what, Proposed::Claim { .. }))
    }

    fn claim(
        &self,
        sentence: &Range<usize>,
        speeches: &[speech::Speech],
        areas: &[AreaName],
        item: &Item,
        condition: &Condition,
        others: &[Item],
    ) -> Proposed {
        let own = self.text.words(item.range.clone());
        let said = self.text.words(condition.range.clone());
        let tail = [&condition.characterisation]
            .into_iter()
            .flatten()
            .fold(said, |said, more| format!("{said} {more}"));
        let words = if condition.range.start >= item.range.end {
            let between = item.range.end..condition.range.start;
            if between.len() <= 6 && !others.iter().any(|o| between.contains(&o.range.start)) {
                format!(
                    "{} {}",
                    self.text.words(item.range.start..condition.range.end),
                    tail.strip_prefix(&self.text.words(condition.range.clone()))
                        .unwrap_or_default()
                        .trim()
                )
                .trim()
                .to_owned()
            } else {
                format!("{own} … {tail}")
            }
        } else if item.range.start - condition.range.end <= 1 {
            self.text.words(condition.range.start..item.range.end)
        } else {
            format!("{tail} … {own}")
        };
        let near = places::area_of(
            &self.text,
            self.lex,
            &item.range,
            areas,
            self.last_area.as_ref(),
        )
        .map(|a| a.name.clone());
        let (aggregate, site) = match &item.what {
            Counted::Many {
                category,
                count,
                holdings,
                ..
            } => {
                let areas = near.into_iter().collect();
                (
                    Some(AggregateRef {
                        category: *category,
                        count: count.clone(),
                        holdings: holdings.clone(),
                        areas,
                        part_of: None,
                    }),
                    None,
                )
            }
            Counted::Site(site) => (
                None,
                Some(SiteRef {
                    name: site.name.clone(),
                    area: near,
                    category: site.category,
                    kind: unnamed_kind(site.category),
                }),
            ),
        };
        Proposed::Claim {
            predicate: condition.predicate,
            words,
            aggregate,
            site,
            stated: self.stated(speeches, sentence, item.range.start),
            event: self.event(sentence, item, condition).map(Box::new),
            asserted_cause: condition.cause.clone(),
            asserted_perpetrator: condition.perpetrator.clone(),
            asserted_characterisation: condition.characterisation.clone(),
        }
    }

    /// What stands after "including" or a colon is a part of the number before it; so is what is
    /// itemised after a loose total ("hundreds of cultural institutions, 927 libraries, …").
    fn parts(&mut self, items: &[Item], made: &[(usize, usize)]) {
        let mut total: Option<usize> = None;
        for pair in 0..made.len() {
            let (k, n) = made[pair];
            let opens = pair > 0 && {
                let between = items[made[pair - 1].0].range.end..items[k].range.start;
                !self
                    .lex
                    .including
                    .all_in(&self.text, between.clone())
                    .is_empty()
                    || self.text.tokens[between]
                        .iter()
                        .any(|t| t.is(":") || t.is("–") || t.is("—"))
            };
            let generic = |n: usize| matches!(&self.made[n].what, Proposed::Claim { aggregate: Some(a), .. } if a.category.group() == Category::CulturalProperty);
            if opens && total.is_none() {
                total = (0..pair).rev().map(|p| made[p].1).find(|n| generic(*n));
            }
            if pair == 0 && generic(n) && matches!(items[k].what, Counted::Many { loose: true, .. })
            {
                total = Some(n);
            }
            let Some(whole) = total.filter(|t| *t != n) else {
                continue;
            };
            if let Proposed::Claim {
                aggregate: Some(part),
                ..
            } = &mut self.made[n].what
                && part.category.group() != Category::CulturalProperty
            {
                part.part_of = Some(whole);
            }
        }
    }

    /// "The Donetsk region counts 59 of them, the Kharkiv region 51, Kyiv 30": the total by area.
    fn breakdown(&mut self, sentence: &Range<usize>, areas: &[AreaName]) {
        let Some((total, _)) = self.total.clone().filter(|(_, s)| s.end == sentence.start) else {
            return;
        };
        let of_them = sentence.clone().any(|k| {
            self.text.tokens[k].is("of")
                && self.text.tokens.get(k + 1).is_some_and(|t| {
                    matches!(t.form.as_str(), "them" | "these" | "those" | "which")
                })
        });
        let negated = !self
            .lex
            .negations
            .all_in(&self.text, sentence.clone())
            .is_empty();
        let ru = sentence.clone().any(|k| {
            self.text.tokens[k].is("из") && self.text.tokens.get(k + 1).is_some_and(|t| t.is("них"))
        });
        if !(of_them || ru) || negated {
            return;
        }
        let Proposed::Claim {
            predicate,
            aggregate: Some(whole),
            stated,
            event,
            ..
        } = self.made[total].what.clone()
        else {
            return;
        };
        let mut i = sentence.start;
        let mut place: Option<(Range<usize>, String)> = None;
        while i < sentence.end {
            if let Some(area) = areas.iter().find(|a| a.range.start == i) {
                place = Some((area.range.clone(), area.name.clone()));
                i = area.range.end;
                continue;
            }
            if let Some(found) = quantity::at(&self.text, self.lex, i) {
                if let Some((range, name)) = place.take() {
                    let span = range.start..found.range.end;
                    let aggregate = AggregateRef {
                        category: whole.category,
                        count: found.quantity,
                        holdings: Vec::new(),
                        areas: vec![name],
                        part_of: Some(total),
                    };
                    let what = Proposed::Claim {
                        predicate,
                        words: self.text.words(span.clone()),
                        aggregate: Some(aggregate),
                        site: None,
                        stated: stated.clone(),
                        event: event.clone(),
                        asserted_cause: None,
                        asserted_perpetrator: None,
                        asserted_characterisation: None,
                    };
                    let party = self.made[total].party.clone();
                    let passage = self.passage(span);
                    self.made.push(Proposal {
                        what,
                        passage,
                        party,
                    });
                }
                i = found.range.end;
                continue;
            }
            let token = &self.text.tokens[i];
            let name = token.capital
                && token.sort == crate::text::Sort::Word
                && !self.lex.stops.contains(&token.form)
                && i > sentence.start;
            if name && place.is_none() {
                place = Some((i..i + 1, self.text.words(i..i + 1)));
            }
            i += 1;
        }
    }

    fn areas(&mut self, areas: &[AreaName], speeches: &[speech::Speech]) {
        for area in areas.iter().filter(|a| a.explicit) {
            let party = speech::speaker_at(speeches, area.range.start)
                .ok()
                .flatten()
                .map_or_else(|| self.publisher.clone(), party_of);
            let passage = self.passage(area.range.clone());
            self.made.push(Proposal {
                what: Proposed::Area {
                    name: area.name.clone(),
                    kind: area.kind,
                },
                passage,
                party,
            });
        }
    }

    fn missions(
        &mut self,
        sentence: &Range<usize>,
        speeches: &[speech::Speech],
        areas: &[AreaName],
    ) {
        let mut named: Vec<(String, StepRef, Vec<String>)> = Vec::new();
        let on = dates::first_in(&self.text, self.lex, sentence.clone(), self.published);
        for waiting in missions::waitings(&self.text, self.lex, &self.mentions, sentence.clone()) {
            let speaker = self.speaker(speeches, sentence, waiting.range.start);
            let Some(party) = waiting.actor.as_ref().map(party_of).or(speaker) else {
                continue;
            };
            let passage = self.passage(waiting.range.clone());
            let names: Vec<&str> = waiting.organisations.iter().map(String::as_str).collect();
            let (issue, position) = match waiting.ready {
                true => (
                    Issue::Readiness,
                    format!(
                        "is ready to receive the mission of {}",
                        mentions::joined(&names)
                    ),
                ),
                false => (
                    Issue::Response,
                    format!("awaits the answer of {}", mentions::joined(&names)),
                ),
            };
            let awaits = if waiting.ready {
                Vec::new()
            } else {
                waiting.organisations.clone()
            };
            let since = self.document.published.clone();
            if !waiting.ready {
                // Where a State's answer is awaited, the mission is that of who waits.
                let sends = |name: &str| self.mentions.iter().any(|m| m.sends && m.name == name);
                let missions: Vec<String> = match waiting.organisations.iter().any(|o| sends(o)) {
                    true => waiting
                        .organisations
                        .iter()
                        .filter(|o| sends(o))
                        .cloned()
                        .collect(),
                    false if sends(&party.name) => vec![party.name.clone()],
                    false => Vec::new(),
                };
                for organisation in missions {
                    let awaits = if waiting.organisations.contains(&organisation) {
                        vec![organisation.clone()]
                    } else {
                        waiting.organisations.clone()
                    };
                    let step = StepRef {
                        stage: Stage::AwaitingResponse,
                        party: party.clone(),
                        awaits,
                        on: None,
                        passage: passage.clone(),
                    };
                    named.push((organisation, step, Vec::new()));
                }
            }
            let words = self.text.words(sentence.clone());
            let what = Proposed::Position {
                issue,
                position,
                words,
                awaits,
                organisations: waiting.organisations,
                since,
            };
            self.made.push(Proposal {
                what,
                passage,
                party,
            });
        }
        for step in missions::steps(&self.text, self.lex, &self.mentions, sentence.clone()) {
            let party = self
                .speaker(speeches, sentence, step.range.start)
                .unwrap_or_else(|| self.publisher.clone());
            let passage = self.passage(step.range.clone());
            let within: Vec<String> = areas.iter().map(|a| a.name.clone()).collect();
            let said = StepRef {
                stage: step.stage,
                party,
                awaits: Vec::new(),
                on: on.clone(),
                passage,
            };
            named.push((step.organisation, said, within));
        }
        for (organisation, step, within) in named {
            self.mission_step(organisation, step, within);
        }
    }

    /// Steps of one organisation's mission in one text belong to one proposal.
    fn mission_step(&mut self, organisation: String, step: StepRef, within: Vec<String>) {
        let known = self.made.iter_mut().find_map(|p| match &mut p.what {
            Proposed::Mission {
                organisations,
                stage,
                areas,
                steps,
            } if organisations.contains(&organisation) => Some((stage, areas, steps)),
            _ => None,
        });
        match known {
            Some((stage, areas, steps)) => {
                if !steps.iter().any(|s| s.stage == step.stage) {
                    *stage = (*stage).max(step.stage);
                    steps.push(step);
                    steps.sort_by_key(|s| s.stage);
                }
                for area in within {
                    if !areas.contains(&area) {
                        areas.push(area);
                    }
                }
            }
            None => {
                let (passage, party) = (step.passage.clone(), step.party.clone());
                let what = Proposed::Mission {
                    organisations: vec![organisation],
                    stage: step.stage,
                    areas: within,
                    steps: vec![step],
                };
                self.made.push(Proposal {
                    what,
                    passage,
                    party,
                });
            }
        }
    }

    /// What somebody calls it: kept as their words, never as the registry's.
    fn characterisations(&mut self, sentence: &Range<usize>, speeches: &[speech::Speech]) {
        for (range, issue) in self.lex.issues.all_in(&self.text, sentence.clone()) {
            let (range, issue) = (range.clone(), *issue);
            let Ok(Some(mention)) = speech::speaker_at(speeches, range.start) else {
                continue;
            };
            let party = party_of(mention);
            let start = mention.range.start.min(range.start);
            let words = self.text.words(start..range.end.max(mention.range.end));
            let said = self.text.words(range.clone());
            let what = Proposed::Position {
                issue,
                position: format!("characterises it: “{said}”"),
                words,
                awaits: Vec::new(),
                organisations: Vec::new(),
                since: self.document.published.clone(),
            };
            let passage = self.passage(start..range.end);
            self.made.push(Proposal {
                what,
                passage,
                party,
            });
        }
    }

    /// Each thing once, in the order of the text, parts after the totals they name.
    fn finish(self) -> Vec<Proposal> {
        let mut seen = BTreeSet::new();
        let mut order: Vec<usize> = (0..self.made.len()).collect();
        order.sort_by_key(|n| (self.made[*n].passage.start, *n));
        let kept: Vec<usize> = order
            .into_iter()
            .filter(|n| seen.insert(key_of(&self.made[*n])))
            .collect();
        let moved = |old: usize| kept.iter().position(|n| *n == old);
        let mut found: Vec<Proposal> = kept.iter().map(|n| self.made[*n].clone()).collect();
        for proposal in &mut found {
            if let Proposed::Claim {
                aggregate: Some(part),
                ..
            } = &mut proposal.what
            {
                part.part_of = part.part_of.and_then(moved);
            }
        }
        found
    }
}

/// What makes two proposals of one text the same.
fn key_of(proposal: &Proposal) -> String {
    match &proposal.what {
        Proposed::Claim {
            predicate,
            aggregate,
            site,
            ..
        } => {
            let about = match (aggregate, site) {
                (Some(a), _) => format!("{}/{}/{:?}", a.category.id(), a.count, a.areas),
                (_, Some(s)) => s.name.to_lowercase(),
                _ => String::new(),
            };
            format!("claim/{}/{}/{about}", proposal.party.name, predicate.id())
        }
        Proposed::Position { position, .. } => {
            format!("position/{}/{position}", proposal.party.name)
        }
        Proposed::Mission { organisations, .. } => format!("mission/{organisations:?}"),
        Proposed::Instrument { name, .. } => format!("instrument/{name}"),
        Proposed::Area { name, .. } => format!("area/{}", name.to_lowercase()),
    }
}
