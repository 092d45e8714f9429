//! The registry as a DCAT-AP 3 catalogue: a data set for each collection, how it can be had, and the
//! services. Properties that DCAT-AP calls mandatory are always there.

use super::terms::{dcat, dct, foaf, vcard};
use super::{Base, Graph};
use oxrdf::NamedNode;

/// What the registry says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Where it is.
    pub base: &'a Base,
    /// Its name.
    pub name: &'a str,
    /// Who publishes it.
    pub publisher: &'a str,
    /// Address of the licence its own records are under, where it states one.
    pub licence: Option<&'a str>,
    /// An e-mail or web address to write to.
    pub contact: Option<&'a str>,
    /// When something was last recorded, in milliseconds since 1970.
    pub modified_ms: Option<u64>,
}

/// A collection that can be had as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    /// Its id in addresses.
    pub id: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// What is in it.
    pub note: &'static str,
}

/// What the catalogue as a whole is, in a sentence.
pub const DESCRIPTION: &str = "What was claimed of cultural property in armed conflict and by whom, what the evidence shows, and what was verified. Claims are the words of those who made them; only findings are conclusions of the registry, and they never say who caused damage.";

/// The collections.
pub const COLLECTIONS: &[Collection] = &[
    Collection {
        id: "sites",
        title: "Sites",
        note: "Places, institutions, collections and objects, with every name that parties give them. Places that could be harmed by being shown are generalised to a grid or withheld.",
    },
    Collection {
        id: "claims",
        title: "Claims",
        note: "What parties say is the case, each with its speaker, source and date. A claim is no finding.",
    },
    Collection {
        id: "findings",
        title: "Findings",
        note: "Published conclusions of the registry on the condition of sites. None says who caused damage.",
    },
    Collection {
        id: "assessments",
        title: "Assessments",
        note: "Single observations of sites, each at one time by one method; what could not be examined is said.",
    },
    Collection {
        id: "areas",
        title: "Areas",
        note: "Territories under the names that parties give them. Names and lines imply no opinion.",
    },
    Collection {
        id: "missions",
        title: "Missions",
        note: "Visits asked for, planned or made, with the stage that each has come to.",
    },
];

/// A form in which a collection is offered.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Last part of the address, or none for the OGC API.
    pub ending: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// Media type.
    pub media: &'static str,
}

/// The files that each collection is offered as.
pub const FILES: &[Offer] = &[
    Offer {
        ending: "parquet",
        title: "GeoParquet",
        media: "application/vnd.apache.parquet",
    },
    Offer {
        ending: "gpkg",
        title: "GeoPackage",
        media: "application/geopackage+sqlite3",
    },
    Offer {
        ending: "fgb",
        title: "FlatGeobuf",
        media: "application/octet-stream",
    },
    Offer {
        ending: "csv",
        title: "CSV",
        media: "text/csv",
    },
];

impl Collection {
    /// Path of its items in the OGC API.
    pub fn items(&self) -> String {
        format!("/ogc/collections/{}/items", self.id)
    }

    /// Path of it as a file.
    pub fn file(&self, offer: &Offer) -> String {
        format!("/data/{}.{}", self.id, offer.ending)
    }
}

const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

fn authority(path: &str) -> NamedNode {
    NamedNode::new_unchecked(format!("{AUTHORITY}/{path}"))
}

/// The catalogue.
pub fn catalogue(about: &About<'_>) -> Graph {
    let base = about.base;
    let mut graph = Graph::new(base.clone());
    let me = base.at("/catalogue");
    let publisher = base.registry();
    let mut at = graph
        .at(&me)
        .is(dcat("Catalog"))
        .english(dct("title"), about.name)
        .english(dct("description"), DESCRIPTION)
        .to(dct("publisher"), publisher.clone())
        .to(foaf("homepage"), base.at("/"))
        .to(dct("language"), authority("language/ENG"))
        .to(dcat("themeTaxonomy"), authority("data-theme"));
    for collection in COLLECTIONS {
        at = at.to(dcat("dataset"), dataset_address(base, collection));
    }
    for service in ["ogc", "api"] {
        at = at.to(dcat("service"), base.at(&format!("/catalogue#{service}")));
    }
    changed_and_licence(at, about);
    graph
        .at(&publisher)
        .is(foaf("Agent"))
        .plain(foaf("name"), about.publisher);
    services(&mut graph, about);
    for collection in COLLECTIONS {
        dataset(&mut graph, about, collection);
    }
    graph
}

fn dataset_address(base: &Base, collection: &Collection) -> NamedNode {
    base.at(&format!("/catalogue#{}", collection.id))
}

fn changed_and_licence<'g>(
    mut at: super::graph::At<'g>,
    about: &About<'_>,
) -> super::graph::At<'g> {
    if let Some(ms) = about.modified_ms {
        at = at.typed(
            dct("modified"),
            &super::moment(ms),
            super::terms::xsd("dateTime"),
        );
    }
    at.elsewhere(dct("license"), about.licence)
}

fn dataset(graph: &mut Graph, about: &About<'_>, collection: &Collection) {
    let base = about.base;
    let me = dataset_address(base, collection);
    let mut at = graph
        .at(&me)
        .is(dcat("Dataset"))
        .english(
            dct("title"),
            &format!("{}: {}", about.name, collection.title),
        )
        .english(dct("description"), collection.note)
        .plain(dct("identifier"), me.as_str())
        .to(dct("publisher"), base.registry())
        .to(dct("language"), authority("language/ENG"))
        .to(dct("accessRights"), authority("access-right/PUBLIC"))
        .to(dct("accrualPeriodicity"), authority("frequency/CONT"))
        .to(dcat("theme"), authority("data-theme/EDUC"))
        .english(dcat("keyword"), "cultural property")
        .english(dcat("keyword"), "armed conflict")
        .to(dcat("landingPage"), base.at(&format!("/{}", collection.id)));
    if let Some(ms) = about.modified_ms {
        at = at.typed(
            dct("modified"),
            &super::moment(ms),
            super::terms::xsd("dateTime"),
        );
    }
    let items = base.at(&format!("/catalogue#{}-items", collection.id));
    at = at.to(dcat("distribution"), items.clone());
    let files: Vec<(NamedNode, &Offer)> = FILES
        .iter()
        .map(|offer| {
            let at = format!("/catalogue#{}-{}", collection.id, offer.ending);
            (base.at(&at), offer)
        })
        .collect();
    for (file, _) in &files {
        at = at.to(dcat("distribution"), file.clone());
    }
    contact(at, about);
    let media = |media: &str| {
        NamedNode::new_unchecked(format!(
            "https://www.iana.org/assignments/media-types/{media}"
        ))
    };
    let said = graph
        .at(&items)
        .is(dcat("Distribution"))
        .english(dct("title"), "GeoJSON, page by page (OGC API – Features)")
        .to(dcat("accessURL"), base.at(&collection.items()))
        .to(dcat("mediaType"), media("application/geo+json"))
        .to(dcat("accessService"), base.at("/catalogue#ogc"));
    said.elsewhere(dct("license"), about.licence);
    for (file, offer) in files {
        let address = base.at(&collection.file(offer));
        let said = graph
            .at(&file)
            .is(dcat("Distribution"))
            .english(dct("title"), offer.title)
            .to(dcat("accessURL"), address.clone())
            .to(dcat("downloadURL"), address)
            .to(dcat("mediaType"), media(offer.media));
        said.elsewhere(dct("license"), about.licence);
    }
}

fn contact(at: super::graph::At<'_>, about: &About<'_>) {
    if about.contact.is_some() {
        at.to(dcat("contactPoint"), about.base.at("/catalogue#contact"));
    }
}

fn services(graph: &mut Graph, about: &About<'_>) {
    let base = about.base;
    let ogc = base.at("/catalogue#ogc");
    let mut at = graph
        .at(&ogc)
        .is(dcat("DataService"))
        .english(dct("title"), "OGC API: features, tiles")
        .to(dcat("endpointURL"), base.at("/ogc"))
        .to(dcat("endpointDescription"), base.at("/ogc/api"))
        .to(
            dct("conformsTo"),
            NamedNode::new_unchecked("http://www.opengis.net/spec/ogcapi-features-1/1.0"),
        );
    for collection in COLLECTIONS {
        at = at.to(dcat("servesDataset"), dataset_address(base, collection));
    }
    at.elsewhere(dct("license"), about.licence);
    let api = base.at("/catalogue#api");
    let at = graph
        .at(&api)
        .is(dcat("DataService"))
        .english(dct("title"), "API for programs")
        .to(dcat("endpointURL"), base.at("/api"));
    at.elsewhere(dct("license"), about.licence);
    if let Some(contact) = about.contact {
        let address = match contact.contains("://") {
            true => contact.to_owned(),
            false => format!("mailto:{contact}"),
        };
        let predicate = match contact.contains("://") {
            true => vcard("hasURL"),
            false => vcard("hasEmail"),
        };
        graph
            .at(&base.at("/catalogue#contact"))
            .is(vcard("Kind"))
            .plain(vcard("fn"), about.publisher)
            .elsewhere(predicate, Some(&address));
    }
}
