//! schema.org for pages: what a search engine may know of a record.
//!
//! ClaimReview is not used, not even for a published finding. It rates the truth of a statement
//! beside its speaker; a finding says what condition a site is in and judges no speaker, and a search
//! engine would print a verdict next to the name of one party. A claim is a schema.org Claim with its
//! author. What lies in which State or area is left out, because a machine would read it as a fact.

use super::{Base, Piece};
use serde_json::{Map, Value, json};
use stele_model::*;

/// The types of schema.org that fit a site, widest last.
pub fn types_of(site: &Site) -> &'static [&'static str] {
    use Category as C;
    match (site.kind, site.category) {
        (SiteKind::Collection, _) => &["Collection"],
        (SiteKind::Object, C::Artworks | C::Statue) => &["VisualArtwork"],
        (SiteKind::Object, C::Books) => &["Book"],
        (SiteKind::Object, C::Manuscripts) => &["Manuscript"],
        (SiteKind::Object, _) => &["CreativeWork"],
        (_, C::Museum) => &["Museum"],
        (_, C::Library) => &["Library"],
        (_, C::Archive) => &["ArchiveOrganization"],
        (_, C::Gallery) => &["ArtGallery"],
        (_, C::Theatre) => &["PerformingArtsTheater"],
        (_, C::ConcertHall) => &["MusicVenue"],
        (_, C::Cinema) => &["MovieTheater"],
        (SiteKind::Institution, C::School | C::MusicSchool) => &["School"],
        (SiteKind::Institution, _) => &["Organization"],
        (SiteKind::Place, C::Church) => &["Church", "LandmarksOrHistoricalBuildings"],
        (SiteKind::Place, C::Mosque) => &["Mosque", "LandmarksOrHistoricalBuildings"],
        (SiteKind::Place, C::Synagogue) => &["Synagogue", "LandmarksOrHistoricalBuildings"],
        (SiteKind::Place, C::Bridge) => &["Bridge", "LandmarksOrHistoricalBuildings"],
        (SiteKind::Place, C::Cemetery) => &["Cemetery"],
        (SiteKind::Place, C::Park) => &["Park"],
        (SiteKind::Place, C::Settlement) => &["Place"],
        (SiteKind::Place, category) if category.group() == C::ReligiousSite => {
            &["PlaceOfWorship", "LandmarksOrHistoricalBuildings"]
        }
        (SiteKind::Place, _) => &["LandmarksOrHistoricalBuildings"],
    }
}

/// The record in schema.org's words; nothing for kinds that it has no words for.
pub fn schema_org(base: &Base, piece: &Piece<'_>, title: &str) -> Option<Value> {
    if piece.withdrawn || piece.status == "draft" {
        return None;
    }
    let me = base.record(piece.body.kind(), piece.id).into_string();
    let mut said = Map::new();
    let types: Vec<&str> = match piece.body {
        Body::Site(b) => {
            names(&mut said, &b.names);
            if let Some(description) = &b.description {
                said.insert("description".into(), description.as_str().into());
            }
            // A cell is an area and no point; only a place that is public to all has a point here.
            if let Some(ShownPlace::Exact {
                geometry: Geometry::Point(p),
                ..
            }) = piece.place
                && matches!(b.kind, SiteKind::Place | SiteKind::Institution)
            {
                said.insert(
                    "geo".into(),
                    json!({"@type": "GeoCoordinates", "longitude": p.lon(), "latitude": p.lat()}),
                );
            }
            types_of(b).to_vec()
        }
        Body::Party(b) => {
            names(&mut said, &b.names);
            match b.kind {
                PartyKind::Person => vec!["Person"],
                PartyKind::Ngo => vec!["NGO"],
                PartyKind::Media => vec!["NewsMediaOrganization"],
                PartyKind::StateOrgan => vec!["GovernmentOrganization"],
                _ => vec!["Organization"],
            }
        }
        Body::Source(b) => {
            said.insert("name".into(), b.title.as_str().into());
            said.insert(
                "publisher".into(),
                json!({"@id": base.of(b.publisher).as_str()}),
            );
            for (key, value) in [("inLanguage", &b.language), ("sameAs", &b.url)] {
                if let Some(value) = value {
                    said.insert(key.into(), value.as_str().into());
                }
            }
            if let Some(published) = b.published.as_ref().filter(|d| d.precision().is_some()) {
                said.insert("datePublished".into(), published.to_string().into());
            }
            vec![match b.kind {
                SourceKind::Article => "Article",
                SourceKind::Report | SourceKind::SatelliteProduct => "Report",
                SourceKind::Dataset => "Dataset",
                SourceKind::Post => "SocialMediaPosting",
                SourceKind::WebPage => "WebPage",
                _ => "CreativeWork",
            }]
        }
        Body::Claim(b) => {
            said.insert("name".into(), title.into());
            said.insert("text".into(), b.words.as_str().into());
            said.insert("author".into(), json!({"@id": base.of(b.party).as_str()}));
            said.insert(
                "appearance".into(),
                json!({"@id": base.of(b.source).as_str()}),
            );
            vec!["Claim"]
        }
        Body::Finding(b) => {
            said.insert("name".into(), title.into());
            said.insert("about".into(), json!({"@id": base.of(b.site).as_str()}));
            said.insert(
                "publisher".into(),
                json!({"@id": base.registry().into_string()}),
            );
            vec!["Report"]
        }
        Body::Instrument(b) => {
            names(&mut said, &b.names);
            vec!["CreativeWork"]
        }
        _ => return None,
    };
    let mut whole = Map::from_iter([
        ("@context".to_owned(), Value::from("https://schema.org")),
        ("@id".to_owned(), me.as_str().into()),
        ("@type".to_owned(), types.into()),
        ("url".to_owned(), me.into()),
    ]);
    whole.append(&mut said);
    Some(whole.into())
}

/// Every name alike: the first in the order of the record is no more than the first.
fn names(said: &mut Map<String, Value>, names: &[Name]) {
    let all: Vec<Value> = names
        .iter()
        .map(|name| match name.lang.as_str() {
            "" | "und" => name.text.as_str().into(),
            lang => json!({"@value": name.text, "@language": lang}),
        })
        .collect();
    if !all.is_empty() {
        said.insert("name".into(), all.into());
    }
}

/// The registry as a data set, for its first page.
pub fn registry_in_schema_org(about: &super::catalogue::About<'_>) -> Value {
    let base = about.base;
    let mut set = json!({
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": base.at("/catalogue").into_string(),
        "url": base.at("/").into_string(),
        "name": about.name,
        "description": super::catalogue::DESCRIPTION,
        "publisher": {"@type": "Organization", "@id": base.registry().into_string(), "name": about.publisher},
        "isAccessibleForFree": true,
        "includedInDataCatalog": {"@type": "DataCatalog", "url": base.at("/catalogue").into_string()},
    });
    if let Some(licence) = about.licence {
        set["license"] = licence.into();
    }
    set
}
