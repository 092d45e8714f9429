//! Every list of words as data, for pages and linked data that show lists as such: a list's id is the
//! anchor of its section in `docs/vocabularies.md`, a word's id its JSON form. Knows no syntax.

use crate::record::Kind;
use crate::rules::crosswalk;
use crate::words::*;

/// A list of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its id, as in addresses: `damage-grade`.
    pub id: String,
    /// What a person calls it.
    pub title: String,
    /// What it is a list of, and which standard it follows.
    pub note: &'static str,
    /// Its words, in the list's own order.
    pub words: Vec<Entry>,
}

/// A word of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id: the JSON form.
    pub id: &'static str,
    /// Its label in the product's own voice.
    pub label: &'static str,
    /// The wider word of the same list, where there is one.
    pub broader: Option<&'static str>,
    /// How it stands to words of others, in words.
    pub notes: Vec<String>,
}

/// The id of the list a word belongs to.
pub fn list_id<W: Word>() -> String {
    W::LIST.to_lowercase().replace(' ', "-")
}

fn of<W: Word>(
    note: &'static str,
    broader: impl Fn(W) -> Option<W>,
    notes: impl Fn(W) -> Vec<String>,
) -> List {
    let mut title = W::LIST.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let words = W::ALL
        .iter()
        .map(|word| Entry {
            id: word.id(),
            label: match word.label() {
                "" => word.id(),
                label => label,
            },
            broader: broader(*word).map(Word::id),
            notes: notes(*word),
        })
        .collect();
    List {
        id: list_id::<W>(),
        title,
        note,
        words,
    }
}

fn plain<W: Word>(note: &'static str) -> List {
    of::<W>(note, |_| None, |_| Vec::new())
}

/// Every list, in the order of `docs/vocabularies.md`; the kinds of record come first.
pub fn lists() -> Vec<List> {
    vec![
        plain::<Kind>("What is recorded."),
        plain::<PartyKind>("Who can say or do something."),
        plain::<SourceKind>("What a source is as a publication."),
        plain::<AreaKind>("What an area is."),
        plain::<SiteKind>("The four kinds of site, which must not be confused with each other."),
        of::<Category>(
            "Category of cultural property: UNESCO's reporting groups and finer kinds under them.",
            |c| Some(c.group()).filter(|group| *group != c),
            |_| Vec::new(),
        ),
        plain::<Predicate>(
            "What a claim says to be the case. A word of this list is what a party says, never what the registry found.",
        ),
        plain::<Qualifier>("How a stated number is to be read."),
        plain::<Issue>("What a position is about."),
        plain::<LinkKind>("How one record stands to another, as somebody decided."),
        of::<Grade>(
            "UNOSAT's five damage grades: the common grade of an assessment.",
            |_| None,
            from_eamena,
        ),
        plain::<Scale>("The scale a native value was read on."),
        plain::<Method>("How an observation was made."),
        plain::<Certainty>("EAMENA's set of certainties; an axis apart from severity."),
        plain::<Cause>("Physical cause of damage, after EAMENA's disturbance causes. Never who."),
        plain::<Conclusion>("What a finding concludes about a site's condition."),
        plain::<FindingStatus>(
            "Where the knowledge about a thing stands. Computed by the rules, never typed in.",
        ),
        plain::<Decision>("What a reviewer decided about a finding."),
        plain::<StandardOfProof>("Standard of proof a finding states."),
        plain::<MissionKind>("What a mission is for."),
        plain::<Stage>("Stage of a mission."),
        plain::<InstrumentKind>("What an instrument is."),
        plain::<Act>("Act by which a State is bound."),
        plain::<ProtectionLevel>("Level of a protection."),
        plain::<ProtectionState>("State of a protection."),
        plain::<Emblem>("Emblem displayed (Convention, Articles 16 and 17)."),
        plain::<Sensitivity>(
            "How exactly a location may be shown to whom has no right to the exact one.",
        ),
        plain::<Restriction>("Who may open a file of evidence."),
        plain::<NameKind>("What a name is."),
        plain::<Article1>(
            "Article 1 qualification of the 1954 Convention; an attributed assessment.",
        ),
        plain::<RowsAre>("What the rows of a list are read as."),
        plain::<StratifiedBy>("By what a frame is divided before a sample is drawn from it."),
        plain::<Access>(
            "Whether a site was reached before a sample was drawn, as far as assessments say.",
        ),
    ]
}

/// The list of an id.
pub fn list(id: &str) -> Option<List> {
    lists().into_iter().find(|list| list.id == id)
}

/// The values of EAMENA's scales that the crosswalk reads as this grade. EAMENA's own concepts have
/// no addresses of their own to point at, so the correspondence is said in words.
fn from_eamena(grade: Grade) -> Vec<String> {
    const EXTENTS: &[&str] = &[
        "no visible/known",
        "1-10%",
        "11-30%",
        "31-60%",
        "61-90%",
        "91-100%",
        "unknown",
    ];
    const CONDITIONS: &[&str] = &["good", "fair", "poor", "very bad", "destroyed", "unknown"];
    let mut notes = Vec::new();
    let mut note = |scale: &str, values: &[&str], read: fn(&str) -> Option<(Grade, Certainty)>| {
        for value in values {
            if let Some((_, certainty)) = read(value).filter(|(found, _)| *found == grade) {
                notes.push(format!(
                    "{scale} “{value}” is read as this grade, with certainty {}.",
                    certainty.label()
                ));
            }
        }
    };
    note("EAMENA damage extent", EXTENTS, crosswalk::of_extent);
    note(
        "EAMENA overall condition",
        CONDITIONS,
        crosswalk::of_condition,
    );
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_the_documentation_is_served_and_every_word_of_it() {
        let docs = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/vocabularies.md"
        ))
        .unwrap();
        let lists = lists();
        for section in docs.split("\n## ").skip(1) {
            let title = section.lines().next().unwrap();
            if title == "Crosswalk" {
                continue;
            }
            let list = lists
                .iter()
                .find(|list| list.title == title)
                .unwrap_or_else(|| panic!("no list is called {title}"));
            for word in &list.words {
                assert!(
                    section.contains(&format!("| `{}` |", word.id)),
                    "{} of {title}",
                    word.id
                );
            }
        }
        let mut ids: Vec<&String> = lists.iter().map(|list| &list.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), lists.len(), "two lists share an id");
    }

    #[test]
    fn a_finer_category_points_at_its_group_and_a_group_at_none() {
        let categories = list("category").unwrap();
        let broader = |id: &str| {
            let word = categories.words.iter().find(|w| w.id == id).unwrap();
            word.broader
        };
        assert_eq!(broader("church"), Some("religious_site"));
        assert_eq!(broader("religious_site"), None);
    }
}
