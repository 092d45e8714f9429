//! A small registry with its people, and short ways to record.

#![allow(dead_code, clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering};
use stele_model::*;
use stele_registry::clock::mint;
use stele_registry::{Account, AccountRole, Refusal, Registry, Viewer};
use stele_store::engine::{Connection, postgres::Postgres};
use tempfile::TempDir;

pub struct House {
    pub registry: Registry,
    pub folder: TempDir,
    pub recorder: Account,
    pub verifier: Account,
    pub second: Account,
    pub reader: Account,
}

/// A database of its own on the server named by `STELE_TEST_POSTGRES`, where tests are to run on one; it
/// goes with the server.
fn database() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    match std::env::var("STELE_TEST_ENGINE").as_deref() {
        Err(_) | Ok("sqlite") => return None,
        Ok("postgres") => {}
        Ok(other) => panic!("STELE_TEST_ENGINE is sqlite or postgres, not {other}"),
    }
    let url = std::env::var("STELE_TEST_POSTGRES")
        .expect("STELE_TEST_POSTGRES holds a URL, such as `scripts/postgres start DIR` prints");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("stele_registry_{}_{number}", std::process::id());
    let mut server = Postgres::connect(&url).unwrap();
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    server.script(&drop).unwrap();
    server.script(&format!("CREATE DATABASE {name}")).unwrap();
    let (server, _) = url
        .rsplit_once('/')
        .expect("a URL with a database at its end");
    Some(format!("{server}/{name}"))
}

pub fn date(text: &str) -> EdtfDate {
    text.parse().unwrap()
}

impl House {
    /// On SQLite, or on the engine that `STELE_TEST_ENGINE` names.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database();
        let (registry, _) = Registry::create(
            &folder.path().join("data"),
            "Test",
            "admin@test.example",
            database.as_deref(),
        )
        .unwrap();
        let account = |name: &str, role| {
            let (_, token) = registry
                .invite(&format!("{name}@test.example"), name, role, None)
                .unwrap();
            registry.redeem(token.text(), "long enough").unwrap().0
        };
        let recorder = account("recorder", AccountRole::Recorder);
        let verifier = account("verifier", AccountRole::Verifier);
        let second = account("second", AccountRole::Verifier);
        let reader = account("reader", AccountRole::Viewer);
        House {
            registry,
            recorder,
            verifier,
            second,
            reader,
            folder,
        }
    }

    pub fn member(&self) -> Viewer {
        Viewer::Member(self.recorder.clone())
    }

    pub fn try_by(&self, account: &Account, body: impl Into<Body>) -> Result<AnyId, Refusal> {
        let id = mint();
        self.registry
            .record(account, vec![Record::new(id, body)])
            .map(|_| id)
    }

    pub fn by(&self, account: &Account, body: impl Into<Body>) -> AnyId {
        self.try_by(account, body).unwrap()
    }

    pub fn add(&self, body: impl Into<Body>) -> AnyId {
        self.by(&self.recorder, body)
    }

    pub fn party(&self, name: &str, belongs_to: &[Id<Party>]) -> Id<Party> {
        let names = vec![Name::new(name, "en")];
        self.add(Party {
            names,
            kind: PartyKind::Other,
            country: None,
            belongs_to: belongs_to.to_vec(),
            independent_of: Vec::new(),
            note: None,
        })
        .into()
    }

    pub fn source(&self, title: &str, publisher: Id<Party>, published: &str) -> Id<Source> {
        self.add(Source {
            title: title.into(),
            kind: SourceKind::Article,
            publisher,
            author: None,
            language: None,
            published: Some(date(published)),
            url: None,
            retrieved: None,
            archived: None,
            text: None,
            quotes_only: Vec::new(),
        })
        .into()
    }

    pub fn site(&self, name: &str) -> Id<Site> {
        self.add(site(name, None)).into()
    }

    pub fn claim(
        &self,
        party: Id<Party>,
        source: Id<Source>,
        subject: Subject,
        predicate: Predicate,
    ) -> Id<Claim> {
        self.add(claim(party, source, subject, predicate)).into()
    }

    pub fn link(&self, from: AnyId, to: AnyId, kind: LinkKind) -> Id<Link> {
        self.add(link(from, to, kind)).into()
    }

    pub fn status(&self, id: AnyId) -> String {
        self.registry.get(&self.member(), id).unwrap().status
    }

    pub fn mission(
        &self,
        title: &str,
        organisation: Id<Party>,
        limitations: Option<&str>,
    ) -> Id<Mission> {
        self.add(Mission {
            title: title.into(),
            kind: MissionKind::Technical,
            organisations: vec![organisation],
            requested_by: Vec::new(),
            mandate: None,
            areas: Vec::new(),
            itinerary: Vec::new(),
            report: None,
            limitations: limitations.map(str::to_owned),
        })
        .into()
    }

    /// A position on whose answer is awaited.
    pub fn awaits(
        &self,
        actor: Id<Party>,
        mission: Id<Mission>,
        whom: Id<Party>,
        source: Id<Source>,
        since: &str,
    ) {
        self.add(Position {
            actor,
            about: mission.any(),
            issue: Issue::Response,
            position: "awaits an answer".into(),
            words: None,
            awaits: vec![whom],
            since: Some(date(since)),
            source,
            passage: None,
        });
    }
}

pub fn site(name: &str, location: Option<Location>) -> Site {
    Site {
        kind: SiteKind::Place,
        names: vec![Name::new(name, "en")],
        category: Category::Church,
        areas: Vec::new(),
        location,
        holdings: Vec::new(),
        identifiers: Vec::new(),
        made: None,
        description: None,
        article1: None,
        listed: None,
        fields: Vec::new(),
    }
}

pub fn claim(
    party: Id<Party>,
    source: Id<Source>,
    subject: Subject,
    predicate: Predicate,
) -> Claim {
    Claim {
        party,
        source,
        passage: None,
        subject,
        predicate,
        words: predicate.label().into(),
        stated: Some(date("2021-05-04")),
        event: None,
        scope: Scope::default(),
        asserted_cause: None,
        asserted_perpetrator: None,
        asserted_characterisation: None,
    }
}

pub fn link(from: AnyId, to: AnyId, kind: LinkKind) -> Link {
    Link {
        from,
        to,
        kind,
        score_permille: None,
        reasons: Vec::new(),
        identified: false,
        excluded: None,
        undoes: None,
    }
}

pub fn assessment(site: Id<Site>, organisation: Id<Party>, grade: Grade) -> Assessment {
    Assessment {
        site,
        observed: date("2023-05-20"),
        method: Method::OnSite,
        organisation,
        assessor: None,
        observers: 2,
        mission: None,
        examined: "walls and roof".into(),
        not_examined: None,
        grade,
        native: None,
        certainty: Certainty::High,
        baseline: None,
        components: Vec::new(),
        causes: Vec::new(),
        risks: None,
        urgent_measures: None,
        evidence: Vec::new(),
        source: None,
    }
}

pub fn finding(
    account: &Account,
    site: Id<Site>,
    conclusion: Conclusion,
    assessments: Vec<Id<Assessment>>,
    claims: Vec<Id<Claim>>,
) -> Finding {
    Finding {
        site,
        conclusion,
        rationale: "Two people saw it on site and agree on what they saw there.".into(),
        standard: StandardOfProof::ReasonableGrounds,
        window: conclusion
            .harm()
            .filter(|harm| *harm)
            .map(|_| date("2023-03-01/2023-05-20")),
        as_at: date("2023-05-20"),
        assessments,
        claims,
        author: account.id.clone(),
        affiliation: account.affiliation,
        interest: Interest::None,
        supersedes: None,
    }
}

pub fn review(account: &Account, finding: Id<Finding>, decision: Decision) -> Review {
    Review {
        finding,
        reviewer: account.id.clone(),
        affiliation: account.affiliation,
        decision,
        reason: "I looked at it myself.".into(),
        interest: Interest::None,
    }
}

pub fn publication(house: &House, finding: Id<Finding>) -> Publication {
    Publication {
        finding,
        on: date("2023-06-01"),
        policy: house.registry.policy().version.clone(),
    }
}
