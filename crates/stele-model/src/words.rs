//! The enumerated words of the model: categories, predicates, grades, methods, stages.
//!
//! The lists follow `model.md`; a word's JSON form is its snake-case name. Standards a list comes
//! from are named at the type. Labels are the product's own voice and use the neutral lexicon.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is not a word of the list it was read for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a {list}; it is one of: {allowed}")]
pub struct UnknownWord {
    /// What was read.
    pub text: String,
    /// The list it was read for, as a person calls it.
    pub list: &'static str,
    /// The words of the list.
    pub allowed: String,
}

/// A closed list of words, each with an id (its JSON form) and a label in English.
pub trait Word: Copy + Sized + 'static {
    /// What a person calls the list.
    const LIST: &'static str;
    /// Every word, in the list's own order.
    const ALL: &'static [Self];
    /// Their ids, in the same order.
    const IDS: &'static [&'static str];
    /// The JSON form.
    fn id(self) -> &'static str;
    /// The label in the product's own, neutral voice.
    fn label(self) -> &'static str;
    /// The word with this id.
    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.id() == id)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $list:literal, { $($(#[$vdoc:meta])* $variant:ident = $id:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $(#[doc = concat!("`", $id, "`: ", $label)] $(#[$vdoc])* #[serde(rename = $id)] $variant,)+
        }
        impl Word for $name {
            const LIST: &'static str = $list;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const IDS: &'static [&'static str] = &[$($id,)+];
            fn id(self) -> &'static str { match self { $(Self::$variant => $id,)+ } }
            fn label(self) -> &'static str { match self { $(Self::$variant => $label,)+ } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.label()) }
        }
        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::from_id(text).ok_or_else(|| UnknownWord {
                    text: text.chars().take(60).collect(),
                    list: $list,
                    allowed: Self::ALL.iter().map(|w| w.id()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words! {
    /// Who can say or do something.
    PartyKind, "kind of party", {
        State = "state", "State";
        StateOrgan = "state_organ", "state organ";
        Intergovernmental = "intergovernmental", "intergovernmental organisation";
        Ngo = "ngo", "non-governmental organisation";
        Media = "media", "media";
        Academic = "academic", "academic body";
        Court = "court", "court";
        Person = "person", "private person";
        Community = "community", "community";
        Other = "other", "other";
    }
}

words! {
    /// What a source is as a publication.
    SourceKind, "kind of source", {
        Article = "article", "article";
        Statement = "statement", "statement";
        Report = "report", "report";
        List = "list", "list";
        Letter = "letter", "letter";
        Post = "post", "social-media post";
        Dataset = "dataset", "dataset";
        Decision = "decision", "decision";
        SatelliteProduct = "satellite_product", "satellite product";
        WebPage = "web_page", "web page";
        Other = "other", "other document";
    }
}

words! {
    /// What an area is.
    AreaKind, "kind of area", {
        State = "state", "State";
        Region = "region", "region";
        District = "district", "district";
        City = "city", "city";
        Village = "village", "village";
        Zone = "zone", "zone";
        Other = "other", "area";
    }
}

words! {
    /// The four kinds of site, which must not be confused with each other.
    SiteKind, "kind of site", {
        Place = "place", "place";
        Institution = "institution", "institution";
        Collection = "collection", "collection";
        Object = "object", "object";
    }
}

words! {
    /// Category of cultural property: UNESCO's reporting groups and finer kinds under them
    /// ([`Category::group`]). Our own concept ids, served as SKOS at `/vocabulary/category`.
    Category, "category", {
        CulturalProperty = "cultural_site", "cultural property (not specified)";
        CulturalInstitution = "cultural_institution", "cultural institution";
        CulturalInfrastructure = "cultural_infrastructure", "cultural infrastructure";
        ReligiousSite = "religious_site", "religious site";
        Church = "church", "church";
        Monastery = "monastery", "monastery";
        Mosque = "mosque", "mosque";
        Synagogue = "synagogue", "synagogue";
        Temple = "temple", "temple";
        Shrine = "shrine", "shrine";
        Building = "building", "building of historical or artistic interest";
        Castle = "castle", "castle or fortification";
        Palace = "palace", "palace";
        House = "house", "historic house";
        Bridge = "bridge", "bridge";
        Caravanserai = "caravanserai", "caravanserai";
        Bathhouse = "bathhouse", "bathhouse";
        School = "school", "school";
        MusicSchool = "music_school", "music or art school";
        Museum = "museum", "museum";
        Library = "library", "library";
        Archive = "archive", "archive";
        Monument = "monument", "monument";
        Statue = "statue", "statue";
        ArchaeologicalSite = "archaeological_site", "archaeological site";
        Cave = "cave", "cave";
        Theatre = "theatre", "theatre";
        ConcertHall = "concert_hall", "concert hall";
        Cinema = "cinema", "cinema";
        CulturalCentre = "cultural_centre", "cultural centre or club";
        Gallery = "gallery", "gallery";
        Reserve = "reserve", "historic centre or reserve";
        Cemetery = "cemetery", "cemetery";
        Mausoleum = "mausoleum", "mausoleum";
        Tomb = "tomb", "tomb";
        Memorial = "memorial", "memorial";
        Khachkar = "khachkar", "khachkar (cross-stone)";
        Park = "park", "park or garden";
        Refuge = "refuge", "refuge or storage of movables";
        Settlement = "settlement", "settlement (not cultural property as such)";
        Books = "books", "books";
        Manuscripts = "manuscripts", "manuscripts";
        Artworks = "artworks", "works of art";
        Artefacts = "artefacts", "artefacts";
        Exhibits = "exhibits", "exhibits";
        Documents = "documents", "archival documents";
        Other = "other", "other";
    }
}

impl Category {
    /// The reporting group this category belongs to; a group is its own group.
    pub fn group(self) -> Category {
        use Category as C;
        match self {
            C::Church | C::Monastery | C::Mosque | C::Synagogue | C::Temple | C::Shrine => {
                C::ReligiousSite
            }
            C::Castle
            | C::Palace
            | C::House
            | C::Bridge
            | C::Caravanserai
            | C::Bathhouse
            | C::School => C::Building,
            C::Statue => C::Monument,
            C::Cave => C::ArchaeologicalSite,
            C::ConcertHall | C::Cinema | C::CulturalCentre | C::MusicSchool => C::Theatre,
            C::Mausoleum | C::Tomb | C::Memorial | C::Khachkar => C::Cemetery,
            C::Books | C::Manuscripts | C::Artworks | C::Artefacts | C::Exhibits | C::Documents => {
                C::Artefacts
            }
            C::CulturalInstitution | C::CulturalInfrastructure => C::CulturalProperty,
            group => group,
        }
    }

    /// Whether a thing of that category may be an item of an aggregate of this one: the same, one of
    /// the finer kinds of this group, or anything but a settlement where no category is said.
    pub fn includes(self, finer: Category) -> bool {
        match self {
            Category::CulturalProperty => finer != Category::Settlement,
            group => finer == group || (group.group() == group && finer.group() == group),
        }
    }

    /// Whether members are movable things, counted apart from places and institutions.
    pub fn is_movable(self) -> bool {
        self.group() == Category::Artefacts
    }
}

words! {
    /// What a claim says to be the case. Physical, custodial or about existence; how a speaker
    /// characterises it stands beside it in the speaker's words.
    Predicate, "predicate", {
        Exists = "exists", "exists";
        LocatedIn = "located_in", "is located in the area";
        UnderControl = "under_control", "is under control of a party";
        Affected = "affected", "is affected";
        Threatened = "threatened", "is threatened";
        Damaged = "damaged", "is damaged";
        DamagedOrDestroyed = "damaged_or_destroyed", "is damaged or destroyed";
        PartlyDestroyed = "partly_destroyed", "is partly destroyed";
        Destroyed = "destroyed", "is destroyed";
        Burned = "burned", "is burned";
        Looted = "looted", "is looted";
        Missing = "missing", "is missing or lost";
        Removed = "removed", "is removed";
        Relocated = "relocated", "is relocated";
        Altered = "altered", "is altered";
        ConvertedUse = "converted_use", "is used for another purpose";
        Neglected = "neglected", "is deteriorated by neglect";
        Victim = "victim", "has suffered (not specified)";
        Examined = "examined", "was examined";
        Intact = "intact", "is intact";
        Restored = "restored", "is restored";
        Protected = "protected", "is protected";
    }
}

impl Predicate {
    /// The label as said of a number of things: "are destroyed".
    pub fn label_of_many(self) -> String {
        let label = self.label();
        let (verb, rest) = label.split_once(' ').unwrap_or((label, ""));
        let plural = match verb {
            "is" => "are",
            "was" => "were",
            "has" => "have",
            "exists" => "exist",
            other => other,
        };
        format!("{plural} {rest}").trim_end().to_owned()
    }

    /// Whether the claim says that something came to harm or was lost.
    pub fn asserts_harm(self) -> bool {
        use Predicate as P;
        !matches!(
            self,
            P::Exists
                | P::LocatedIn
                | P::UnderControl
                | P::Examined
                | P::Intact
                | P::Restored
                | P::Relocated
                | P::Protected
                | P::Threatened
        )
    }
}

words! {
    /// What the rows of a list are read as.
    RowsAre, "kind of row", {
        Sites = "sites", "sites";
        Claims = "claims", "claims on sites";
        Figures = "figures", "figures: how many, by date or area";
    }
}

words! {
    /// How a stated number is to be read.
    Qualifier, "qualifier", {
        Exactly = "exactly", "";
        AtLeast = "at_least", "at least";
        MoreThan = "more_than", "more than";
        AtMost = "at_most", "at most";
        LessThan = "less_than", "less than";
        About = "about", "about";
        Between = "between", "between";
        Tens = "tens", "tens of";
        Hundreds = "hundreds", "hundreds of";
        Thousands = "thousands", "thousands of";
    }
}

words! {
    /// What a position is about.
    Issue, "issue", {
        Response = "response", "whose answer is awaited";
        Consent = "consent", "consent";
        Readiness = "readiness", "readiness to receive";
        Scope = "scope", "scope";
        Itinerary = "itinerary", "list of sites or route";
        Composition = "composition", "composition";
        Timing = "timing", "timing";
        Access = "access", "access";
        Security = "security", "security";
        LegalFraming = "legal_framing", "legal framing";
        Characterisation = "characterisation", "characterisation";
        FollowUp = "follow_up", "follow-up";
        Other = "other", "other";
    }
}

words! {
    /// How one record stands to another. `copies` (one text published again) is from `domain.md` 1.3.
    LinkKind, "kind of link", {
        SameAs = "same_as", "is the same as";
        DifferentFrom = "different_from", "is not the same as";
        ItemOf = "item_of", "is an item of";
        Repeats = "repeats", "repeats";
        Restates = "restates", "restates with a change";
        Corrects = "corrects", "corrects";
        Contradicts = "contradicts", "contradicts";
        PartOf = "part_of", "is part of";
        Copies = "copies", "is a copy of the text of";
        HousedIn = "housed_in", "is housed in";
        Supports = "supports", "supports";
        RelatedProcess = "related_process", "is a process related to";
    }
}

words! {
    /// UNOSAT's five damage grades: the common grade of an assessment.
    Grade, "damage grade", {
        Destroyed = "destroyed", "destroyed";
        Severe = "severe", "severe damage";
        Moderate = "moderate", "moderate damage";
        Possible = "possible", "possible damage";
        NoVisible = "no_visible", "no visible damage";
        NotExamined = "not_examined", "could not be examined";
    }
}

words! {
    /// The scale a native value was read on; kept beside the common grade, never overwritten.
    Scale, "damage scale", {
        Unosat = "unosat", "UNOSAT";
        Ems98 = "ems98", "EMS-98";
        EamenaCondition = "eamena_condition", "EAMENA overall condition";
        EamenaExtent = "eamena_extent", "EAMENA damage extent";
        Movable = "movable", "movables";
        OwnWords = "own_words", "the source's own words";
    }
}

words! {
    /// How an observation was made.
    Method, "method", {
        OnSite = "on_site", "on-site visit";
        Satellite = "satellite", "satellite imagery";
        Aerial = "aerial", "aerial or drone imagery";
        GroundImages = "ground_images", "ground photograph or video";
        Testimony = "testimony", "testimony";
        DocumentReview = "document_review", "document review";
    }
}

words! {
    /// EAMENA's set of certainties; an axis apart from severity.
    Certainty, "certainty", {
        Definite = "definite", "definite";
        High = "high", "high";
        Medium = "medium", "medium";
        Low = "low", "low";
        Negligible = "negligible", "negligible";
    }
}

words! {
    /// Physical cause of damage, after EAMENA's disturbance causes. Never who.
    Cause, "cause of damage", {
        HeavyWeaponry = "heavy_weaponry", "explosion or heavy weaponry";
        LightWeaponry = "light_weaponry", "gunfire or light weaponry";
        Fire = "fire", "fire";
        Demolition = "demolition", "demolition";
        Bulldozing = "bulldozing", "clearance by machines";
        StructuralRobbing = "structural_robbing", "structural robbing";
        Theft = "theft", "removal of objects without authority";
        Graffiti = "graffiti", "graffiti";
        Landmines = "landmines", "landmines";
        Occupation = "occupation", "continued use of the building";
        Dumping = "dumping", "dumping";
        Construction = "construction", "construction";
        Reconstruction = "reconstruction", "reconstruction";
        Neglect = "neglect", "lack of maintenance";
        Seismic = "seismic", "seismic activity";
        Flood = "flood", "flood";
        Unknown = "unknown", "unknown";
    }
}

words! {
    /// What a finding concludes about a site's condition.
    Conclusion, "conclusion", {
        Destroyed = "destroyed", "destroyed";
        Damaged = "damaged", "damaged";
        Removed = "removed", "removed";
        NoDamage = "no_damage", "no damage at the examined extent";
        NotLocated = "not_located", "could not be located";
        Inconclusive = "inconclusive", "inconclusive";
        NotAccessible = "not_accessible", "not accessible";
    }
}

impl Conclusion {
    /// Whether harm was found (`Some(true)`), found absent (`Some(false)`), or neither.
    pub fn harm(self) -> Option<bool> {
        match self {
            Conclusion::Destroyed | Conclusion::Damaged | Conclusion::Removed => Some(true),
            Conclusion::NoDamage => Some(false),
            _ => None,
        }
    }
}

words! {
    /// Where the knowledge about a thing stands. Computed by the rules, never typed in.
    FindingStatus, "finding status", {
        Reported = "reported", "reported";
        Corroborated = "corroborated", "corroborated";
        Verified = "verified", "verified";
        Refuted = "refuted", "refuted";
        NotAssessable = "not_assessable", "not assessable";
        Disputed = "disputed", "disputed";
    }
}

words! {
    /// What a reviewer decided about a finding.
    Decision, "decision", {
        Approve = "approve", "approved";
        Return = "return", "returned";
        Dissent = "dissent", "dissented";
    }
}

words! {
    /// Standard of proof a finding states.
    StandardOfProof, "standard of proof", {
        ReasonableSuspicion = "reasonable_suspicion", "reasonable suspicion";
        ReasonableGrounds = "reasonable_grounds", "reasonable grounds to believe";
        BalanceOfProbabilities = "balance_of_probabilities", "balance of probabilities";
        BeyondReasonableDoubt = "beyond_reasonable_doubt", "beyond reasonable doubt";
    }
}

words! {
    /// What a mission is for.
    MissionKind, "kind of mission", {
        FactFinding = "fact_finding", "fact-finding";
        Technical = "technical", "independent technical";
        Monitoring = "monitoring", "monitoring";
        NeedsAssessment = "needs_assessment", "needs assessment";
        Humanitarian = "humanitarian", "humanitarian";
        RapidAssessment = "rapid_assessment", "rapid assessment";
        Remote = "remote", "remote assessment";
        Other = "other", "mission";
    }
}

words! {
    /// Stage of a mission. Each step is a record of its own; the stage shown is computed.
    Stage, "mission stage", {
        Proposed = "proposed", "proposed";
        Invited = "invited", "invited";
        AwaitingResponse = "awaiting_response", "awaiting response";
        Accepted = "accepted", "accepted";
        Declined = "declined", "declined";
        Deferred = "deferred", "deferred";
        Preparing = "preparing", "preparing";
        Deployed = "deployed", "deployed";
        Returned = "returned", "returned";
        Reported = "reported", "reported";
        FollowedUp = "followed_up", "followed up";
        Cancelled = "cancelled", "cancelled";
    }
}

words! {
    /// What an instrument is.
    InstrumentKind, "kind of instrument", {
        Treaty = "treaty", "treaty";
        Protocol = "protocol", "protocol";
        Agreement = "agreement", "agreement";
        Plan = "plan", "plan";
        Resolution = "resolution", "resolution";
        Order = "order", "order of a court";
        Law = "law", "law";
        Other = "other", "other instrument";
    }
}

words! {
    /// Act by which a State is bound.
    Act, "treaty act", {
        Signature = "signature", "signature";
        Ratification = "ratification", "ratification";
        Acceptance = "acceptance", "acceptance";
        Approval = "approval", "approval";
        Accession = "accession", "accession";
        Succession = "succession", "succession";
        Denunciation = "denunciation", "denunciation";
    }
}

words! {
    /// Level of a protection.
    ProtectionLevel, "level of protection", {
        General = "general", "general protection";
        Special = "special", "special protection";
        Enhanced = "enhanced", "enhanced protection";
        ProvisionalEnhanced = "provisional_enhanced", "provisional enhanced protection";
        WorldHeritage = "world_heritage", "World Heritage";
        InDanger = "in_danger", "World Heritage in Danger";
        Tentative = "tentative", "Tentative List";
        National = "national", "national";
    }
}

words! {
    /// State of a protection.
    ProtectionState, "state of protection", {
        Requested = "requested", "requested";
        Granted = "granted", "granted";
        Refused = "refused", "refused";
        Suspended = "suspended", "suspended";
        Cancelled = "cancelled", "cancelled";
    }
}

words! {
    /// Emblem displayed (Convention, Articles 16 and 17).
    Emblem, "emblem", {
        None = "none", "none";
        Single = "single", "single";
        Threefold = "threefold", "threefold";
        Enhanced = "enhanced", "of enhanced protection";
    }
}

words! {
    /// How exactly a location may be shown to whom has no right to the exact one.
    Sensitivity, "sensitivity", {
        Public = "public", "public";
        Generalised = "generalised", "generalised to a grid";
        Withheld = "withheld", "withheld";
    }
}

words! {
    /// Who may open a file of evidence.
    Restriction, "restriction", {
        Public = "public", "public";
        Members = "members", "members";
        Verification = "verification", "verification team";
        Named = "named", "named persons";
        Sealed = "sealed", "sealed";
    }
}

words! {
    /// What a name is.
    NameKind, "kind of name", {
        Official = "official", "official";
        Former = "former", "former";
        Local = "local", "local";
        Exonym = "exonym", "exonym";
        Transliteration = "transliteration", "transliteration";
        Abbreviation = "abbreviation", "abbreviation";
        AsWritten = "as_written", "as written in the source";
    }
}

words! {
    /// Article 1 qualification of the 1954 Convention; an attributed assessment.
    Article1, "Article 1 qualification", {
        NotAssessed = "not_assessed", "not assessed";
        AMovable = "a_movable", "(a) movable";
        AImmovable = "a_immovable", "(a) immovable";
        B = "b", "(b) building for movable property";
        C = "c", "(c) centre containing monuments";
        Outside = "outside", "outside Article 1";
        Disputed = "disputed", "disputed";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_things_is_spoken_of_in_the_plural() {
        for predicate in Predicate::ALL {
            let said = predicate.label_of_many();
            let verb = said.split(' ').next().unwrap_or_default();
            assert!(
                ["are", "were", "have", "exist"].contains(&verb),
                "{predicate:?}: {said}"
            );
        }
        assert_eq!(
            Predicate::Victim.label_of_many(),
            "have suffered (not specified)"
        );
        assert_eq!(Predicate::Exists.label_of_many(), "exist");
    }
}

words! {
    /// By what a frame is divided before a sample is drawn from it.
    StratifiedBy, "way to divide a sample", {
        Area = "area", "area";
        Category = "category", "category";
        Access = "access", "access so far";
    }
}

words! {
    /// Whether a site was reached before a sample was drawn, as far as assessments say.
    Access, "access", {
        Examined = "examined", "examined on site before";
        NotReached = "not_reached", "tried before, not reached";
        Untried = "untried", "not tried before";
    }
}
