//! From accepted proposals to records: parties, areas, sites, missions and instruments known by name
//! are used again, others are made.

use crate::clock::{mint, today};
use crate::intake::{Decided, Intake, Item};
use crate::refusal::Refusal;
use std::collections::BTreeMap;
use stele_formats::propose::{AggregateRef, PartyRef, SiteRef, StepRef};
use stele_formats::{Proposal, Proposed};
use stele_model::reading::Role;
use stele_model::*;
use stele_store::Read;

/// Every record that what is newly accepted makes; marks the items as recorded.
pub(super) fn of(read: &mut Read<'_>, intake: &mut Intake) -> Result<Vec<Record>, Refusal> {
    let accepted: Vec<usize> = (0..intake.proposals.len())
        .filter(|k| {
            intake.proposals[*k].decided == Decided::Accept
                && intake.proposals[*k].recorded.is_none()
        })
        .collect();
    if accepted.is_empty() {
        return Ok(Vec::new());
    }
    let mut making = Making {
        read,
        records: Vec::new(),
        made: BTreeMap::new(),
        language: intake
            .source
            .language
            .clone()
            .unwrap_or_else(|| "und".into()),
        published: intake.source.published.clone(),
        source: mint().into(),
    };
    let publisher = making.source(intake)?;
    // Missions first: positions are about them. Totals before their parts, as they come in the text.
    let order = |k: &usize| {
        (
            u8::from(!matches!(
                intake.proposals[*k].proposal.what,
                Proposed::Mission { .. }
            )),
            *k,
        )
    };
    let mut sorted = accepted;
    sorted.sort_by_key(order);
    let mut recorded: BTreeMap<usize, AnyId> = intake
        .proposals
        .iter()
        .enumerate()
        .filter_map(|(k, i)| Some((k, i.recorded?)))
        .collect();
    for k in sorted {
        let item = intake.proposals[k].clone();
        let id = making.item(&item, publisher, &recorded, &intake.proposals)?;
        recorded.insert(k, id);
        intake.proposals[k].recorded = Some(id);
    }
    Ok(making.records)
}

struct Making<'a, 'b> {
    read: &'a mut Read<'b>,
    records: Vec<Record>,
    /// Records made in this act, by kind and folded name.
    made: BTreeMap<(Kind, String), AnyId>,
    language: String,
    published: Option<EdtfDate>,
    source: Id<Source>,
}

impl Making<'_, '_> {
    fn add(&mut self, body: impl Into<Body>) -> AnyId {
        let id = mint();
        self.records.push(Record::new(id, body));
        id
    }

    /// The record of a kind called so, made when there is none. The one meant by several is the first recorded.
    fn named(
        &mut self,
        kind: Kind,
        name: &str,
        make: impl FnOnce(&mut Self) -> Result<Body, Refusal>,
    ) -> Result<AnyId, Refusal> {
        let key = (kind, search_key(name));
        if let Some(id) = self.made.get(&key) {
            return Ok(*id);
        }
        if let Some(id) = self.read.named(kind, name)?.first() {
            self.made.insert(key, *id);
            return Ok(*id);
        }
        let body = make(self)?;
        let id = self.add(body);
        self.made.insert(key, id);
        Ok(id)
    }

    /// The source with its archived file; made once, used again for what is accepted later.
    fn source(&mut self, intake: &mut Intake) -> Result<Id<Party>, Refusal> {
        let draft = &intake.source;
        let publisher = draft
            .publisher
            .clone()
            .filter(|p| !p.trim().is_empty())
            .ok_or_else(|| {
                Refusal::field(
                    "publisher",
                    "could not be read from the text; say who published it",
                )
            })?;
        let party = PartyRef {
            name: publisher,
            kind: PartyKind::Media,
            country: None,
            own_voice: true,
        };
        let publisher = self.party(&party)?;
        if let Some(id) = intake.recorded_source {
            self.source = id.into();
            return Ok(publisher);
        }
        let day = EdtfDate::from_day(today());
        let evidence = self.add(Evidence {
            sha256: draft.sha256.clone(),
            size_bytes: draft.size_bytes,
            media_type: draft.media_type.clone(),
            original_name: if draft.original_name.is_empty() {
                "text".into()
            } else {
                draft.original_name.clone()
            },
            acquired: Some("read in".into()),
            acquired_on: Some(day.clone()),
            captured: None,
            derived_from: None,
            restriction: Restriction::Public,
        });
        let id = self.add(Source {
            title: draft.title.clone(),
            kind: draft.kind,
            publisher,
            author: draft.author.clone(),
            language: draft.language.clone(),
            published: draft.published.clone(),
            url: draft.url.clone(),
            retrieved: Some(day),
            archived: Some(evidence.into()),
            text: Some(draft.text.clone()),
            quotes_only: Vec::new(),
        });
        self.source = id.into();
        intake.recorded_source = Some(id);
        if let Some(twin) = &intake.twin {
            let reasons = vec![format!(
                "{} of 1,000 runs of words in common",
                twin.alike_permille
            )];
            self.link(id, twin.source, LinkKind::Copies, reasons);
        }
        Ok(publisher)
    }

    fn link(&mut self, from: AnyId, to: AnyId, kind: LinkKind, reasons: Vec<String>) {
        self.add(Link {
            from,
            to,
            kind,
            score_permille: None,
            reasons,
            identified: false,
            excluded: None,
            undoes: None,
        });
    }

    fn name(&self, text: &str, by: Option<Id<Party>>) -> Name {
        // Names the tables give are English; others stand in the language of the text.
        let lang = if text.is_ascii() && self.language != "en" {
            "en".into()
        } else {
            self.language.clone()
        };
        Name {
            text: text.to_owned(),
            lang,
            kind: NameKind::AsWritten,
            by,
            source: Some(self.source),
            valid: None,
        }
    }

    fn party(&mut self, party: &PartyRef) -> Result<Id<Party>, Refusal> {
        let party = party.clone();
        let id = self.named(Kind::Party, &party.name.clone(), |making| {
            let mut belongs_to = Vec::new();
            if let Some(country) = party.country.as_ref().filter(|c| **c != party.name) {
                let state = PartyRef {
                    name: country.clone(),
                    kind: PartyKind::State,
                    country: None,
                    own_voice: false,
                };
                belongs_to.push(making.party(&state)?);
            }
            // The publisher is named before its source is recorded.
            let name = Name::new(
                party.name.clone(),
                if party.name.is_ascii() {
                    "en".to_owned()
                } else {
                    making.language.clone()
                },
            );
            Ok(Party {
                names: vec![name],
                kind: party.kind,
                country: party.country.clone(),
                belongs_to,
                independent_of: Vec::new(),
                note: None,
            }
            .into())
        })?;
        Ok(id.into())
    }

    fn organisation(&mut self, name: &str) -> Result<Id<Party>, Refusal> {
        self.party(&PartyRef {
            name: name.to_owned(),
            kind: PartyKind::Intergovernmental,
            country: None,
            own_voice: false,
        })
    }

    fn area(&mut self, name: &str, kind: AreaKind) -> Result<Id<Area>, Refusal> {
        // "Fuzuli district" and "Fuzuli" are one area where the first is recorded under either name.
        let short = name.rsplit_once(' ').map(|(head, _)| head.to_owned());
        if let Some(short) = short.filter(|_| kind != AreaKind::Other)
            && let Some(id) = self.read.named(Kind::Area, &short)?.first()
        {
            return Ok((*id).into());
        }
        let id = self.named(Kind::Area, name, |making| {
            Ok(Area {
                names: vec![making.name(name, None)],
                kind,
                parent: None,
                location: None,
                valid: None,
            }
            .into())
        })?;
        Ok(id.into())
    }

    fn site(&mut self, site: &SiteRef, by: Id<Party>) -> Result<Id<Site>, Refusal> {
        let areas = match &site.area {
            Some(area) => vec![self.area(area, AreaKind::Other)?],
            None => Vec::new(),
        };
        let id = self.named(Kind::Site, &site.name, |making| {
            Ok(Site {
                kind: site.kind,
                names: vec![making.name(&site.name, Some(by))],
                category: site.category,
                areas,
                location: None,
                holdings: Vec::new(),
                identifiers: Vec::new(),
                made: None,
                description: None,
                article1: None,
                listed: None,
                fields: Vec::new(),
            }
            .into())
        })?;
        Ok(id.into())
    }

    fn item(
        &mut self,
        item: &Item,
        publisher: Id<Party>,
        recorded: &BTreeMap<usize, AnyId>,
        all: &[Item],
    ) -> Result<AnyId, Refusal> {
        let proposal = &item.proposal;
        let party = if proposal.party.own_voice {
            publisher
        } else {
            self.party(&proposal.party)?
        };
        match &proposal.what {
            Proposed::Claim { .. } => self.claim(item, party, recorded),
            Proposed::Mission {
                organisations,
                areas,
                steps,
                ..
            } => self.mission(organisations, areas, steps, publisher),
            Proposed::Position {
                issue,
                position,
                awaits,
                organisations,
                since,
                ..
            } => {
                let missions = self.missions_of(organisations, all, recorded)?;
                let said = Said {
                    actor: party,
                    issue: *issue,
                    position: position.clone(),
                    // The passage says it in the words of the text; whether they are the actor's own is not known.
                    words: None,
                    since: since.clone(),
                    passage: proposal.passage.clone(),
                };
                self.positions(said, awaits, missions, recorded)
            }
            Proposed::Instrument {
                name,
                kind,
                adopted,
            } => {
                let id = self.named(Kind::Instrument, name, |making| {
                    Ok(Instrument {
                        names: vec![making.name(name, None)],
                        kind: *kind,
                        adopted: adopted.clone(),
                        in_force: None,
                        depositary: None,
                        url: None,
                        parent: None,
                    }
                    .into())
                })?;
                self.position(
                    Said {
                        actor: party,
                        issue: Issue::LegalFraming,
                        position: format!("refers to {name}"),
                        words: None,
                        since: self.published.clone(),
                        passage: proposal.passage.clone(),
                    },
                    id,
                    Vec::new(),
                );
                Ok(id)
            }
            Proposed::Area { name, kind } => Ok(self.area(name, *kind)?.any()),
        }
    }

    fn claim(
        &mut self,
        item: &Item,
        party: Id<Party>,
        recorded: &BTreeMap<usize, AnyId>,
    ) -> Result<AnyId, Refusal> {
        let Proposal {
            what:
                Proposed::Claim {
                    predicate,
                    words,
                    aggregate,
                    site,
                    stated,
                    event,
                    asserted_cause,
                    asserted_perpetrator,
                    asserted_characterisation,
                },
            passage,
            ..
        } = &item.proposal
        else {
            return Err(Refusal::Unreadable("the proposal is no claim".into()));
        };
        let subject = match (aggregate, site) {
            (Some(aggregate), _) => {
                Subject::Aggregate(self.aggregate(aggregate, passage, recorded)?)
            }
            (None, Some(site)) => Subject::Site(self.site(site, party)?),
            (None, None) => {
                return Err(Refusal::Unreadable(
                    "the proposed claim is about nothing".into(),
                ));
            }
        };
        let id = self.add(Claim {
            party,
            source: self.source,
            passage: Some(passage.clone()),
            subject,
            predicate: *predicate,
            words: words.clone(),
            stated: stated.clone().or_else(|| self.published.clone()),
            event: event.as_deref().cloned(),
            scope: Scope::default(),
            asserted_cause: asserted_cause.clone(),
            asserted_perpetrator: asserted_perpetrator.clone(),
            asserted_characterisation: asserted_characterisation.clone(),
        });
        if let Some(earlier) = item.earlier.as_ref().filter(|_| item.link_earlier) {
            self.link(id, earlier.claim, earlier.kind, earlier.changes.clone());
        }
        Ok(id)
    }

    fn aggregate(
        &mut self,
        aggregate: &AggregateRef,
        passage: &Passage,
        recorded: &BTreeMap<usize, AnyId>,
    ) -> Result<Id<Aggregate>, Refusal> {
        let mut areas = Vec::new();
        for area in &aggregate.areas {
            areas.push(self.area(area, AreaKind::Other)?);
        }
        let total = aggregate.part_of.and_then(|k| recorded.get(&k)).copied();
        let part_of = match total {
            Some(claim) => self.subject_of(claim)?,
            None => None,
        };
        let words = passage
            .exact
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Ok(self
            .add(Aggregate {
                category: aggregate.category,
                count: aggregate.count.clone(),
                holdings: aggregate.holdings.clone(),
                areas,
                words: Some(words),
                part_of,
                listed: None,
            })
            .into())
    }

    /// The aggregate that a claim of this act or of the state is about.
    fn subject_of(&mut self, claim: AnyId) -> Result<Option<Id<Aggregate>>, Refusal> {
        let here = self
            .records
            .iter()
            .find(|r| r.id == claim)
            .map(|r| r.body.clone());
        let body = match here {
            Some(body) => Some(body),
            None => self.read.find(claim)?.map(|s| s.body),
        };
        Ok(match body {
            Some(Body::Claim(Claim {
                subject: Subject::Aggregate(id),
                ..
            })) => Some(id),
            _ => None,
        })
    }

    fn mission(
        &mut self,
        organisations: &[String],
        areas: &[String],
        steps: &[StepRef],
        publisher: Id<Party>,
    ) -> Result<AnyId, Refusal> {
        let mut who = Vec::new();
        for name in organisations {
            who.push(self.organisation(name)?);
        }
        let mut where_to = Vec::new();
        for area in areas {
            where_to.push(self.area(area, AreaKind::Other)?);
        }
        let id = match self.open_mission(&who, &where_to)? {
            Some(id) => id,
            None => {
                let place = areas
                    .first()
                    .map(|a| format!(" to {a}"))
                    .unwrap_or_default();
                let inviting = steps
                    .iter()
                    .find(|s| {
                        matches!(s.stage, Stage::Invited | Stage::AwaitingResponse)
                            && !s.party.own_voice
                    })
                    .map(|s| format!(", awaited by {}", s.party.name));
                let title = match (place.is_empty(), inviting) {
                    (false, _) => format!("{} mission{place}", organisations.join(" and ")),
                    (true, Some(inviting)) => {
                        format!("{} mission{inviting}", organisations.join(" and "))
                    }
                    (true, None) => format!("{} mission", organisations.join(" and ")),
                };
                let title = match self.published.as_ref() {
                    Some(date) => format!(
                        "{title} ({})",
                        date.to_string().chars().take(4).collect::<String>()
                    ),
                    None => title,
                };
                self.add(Mission {
                    title,
                    kind: MissionKind::Other,
                    organisations: who.clone(),
                    requested_by: Vec::new(),
                    mandate: None,
                    areas: where_to,
                    itinerary: Vec::new(),
                    report: None,
                    limitations: None,
                })
            }
        };
        for step in steps {
            let according_to = if step.party.own_voice {
                publisher
            } else {
                self.party(&step.party)?
            };
            let mut awaits = Vec::new();
            for name in &step.awaits {
                awaits.push(self.organisation(name)?);
            }
            let on = step
                .on
                .clone()
                .or_else(|| self.published.clone())
                .unwrap_or_else(|| EdtfDate::from_day(today()));
            let organisation = match who.as_slice() {
                [one] => Some(*one),
                _ => None,
            };
            self.add(MissionStep {
                mission: id.into(),
                organisation,
                stage: step.stage,
                on,
                according_to,
                awaits,
                source: self.source,
                passage: Some(step.passage.clone()),
                note: None,
            });
        }
        Ok(id)
    }

    /// A mission of the same organisations that is not over, to the same areas, or to none known as here.
    fn open_mission(
        &mut self,
        who: &[Id<Party>],
        areas: &[Id<Area>],
    ) -> Result<Option<AnyId>, Refusal> {
        let Some(first) = who.first() else {
            return Ok(None);
        };
        let over = [
            Stage::Returned,
            Stage::Reported,
            Stage::FollowedUp,
            Stage::Cancelled,
        ]
        .map(Word::id);
        for stored in self
            .read
            .referring(first.any(), Kind::Mission, Some(Role::By), None, 200)?
            .rows
        {
            let Body::Mission(mission) = &stored.body else {
                continue;
            };
            let together = areas.iter().any(|a| mission.areas.contains(a))
                || (areas.is_empty() && mission.areas.is_empty());
            if !stored.withdrawn
                && mission.organisations == who
                && together
                && !over.contains(&stored.status.as_str())
            {
                return Ok(Some(stored.id));
            }
        }
        Ok(None)
    }

    /// Missions of these organisations that this text speaks of.
    fn missions_of(
        &mut self,
        organisations: &[String],
        all: &[Item],
        recorded: &BTreeMap<usize, AnyId>,
    ) -> Result<Vec<(AnyId, Vec<String>)>, Refusal> {
        let mut found = Vec::new();
        for (k, item) in all.iter().enumerate() {
            if let Proposed::Mission {
                organisations: of, ..
            } = &item.proposal.what
                && of.iter().any(|o| organisations.contains(o))
                && let Some(id) = recorded.get(&k)
            {
                found.push((*id, of.clone()));
            }
        }
        Ok(found)
    }

    fn positions(
        &mut self,
        said: Said,
        awaits: &[String],
        missions: Vec<(AnyId, Vec<String>)>,
        recorded: &BTreeMap<usize, AnyId>,
    ) -> Result<AnyId, Refusal> {
        if missions.is_empty() {
            let mut who = Vec::new();
            for name in awaits {
                who.push(self.organisation(name)?);
            }
            // Not about a mission: about the first claim of the text, else about the text.
            let about = recorded
                .values()
                .copied()
                .find(|id| {
                    self.records
                        .iter()
                        .any(|r| r.id == *id && r.kind() == Kind::Claim)
                })
                .unwrap_or(self.source.any());
            return Ok(self.position(said, about, who));
        }
        let mut last = None;
        for (mission, of) in missions {
            let mut who = Vec::new();
            for name in of_these(awaits, &of) {
                who.push(self.organisation(name)?);
            }
            // What is said of two missions at once is said of each.
            let position = match said.issue {
                Issue::Response => format!(
                    "awaits the answer of {}",
                    of_these(awaits, &of).join(" and ")
                ),
                Issue::Readiness => {
                    format!("is ready to receive the mission of {}", of.join(" and "))
                }
                _ => said.position.clone(),
            };
            last = Some(self.position(
                Said {
                    position,
                    ..said.clone()
                },
                mission,
                who,
            ));
        }
        last.ok_or_else(|| Refusal::Unreadable("the position is about nothing".into()))
    }

    fn position(&mut self, said: Said, about: AnyId, awaits: Vec<Id<Party>>) -> AnyId {
        self.add(Position {
            actor: said.actor,
            about,
            issue: said.issue,
            position: said.position,
            words: said.words,
            awaits,
            since: said.since,
            source: self.source,
            passage: Some(said.passage),
        })
    }
}

/// Of those awaited, the ones whose mission it is; all, where it is the mission of who waits.
fn of_these<'a>(awaits: &'a [String], of: &[String]) -> Vec<&'a str> {
    let whose = awaits.iter().any(|a| of.contains(a));
    awaits
        .iter()
        .filter(|a| !whose || of.contains(a))
        .map(String::as_str)
        .collect()
}

#[derive(Clone)]
struct Said {
    actor: Id<Party>,
    issue: Issue,
    position: String,
    words: Option<String>,
    since: Option<EdtfDate>,
    passage: Passage,
}
