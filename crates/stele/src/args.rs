//! The arguments, as `--help` tells them.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A registry for cultural property in armed conflict: what was claimed and by whom, what the evidence
/// shows, what was verified; one never passes for another.
#[derive(Debug, Parser)]
#[command(name = "stele", version, arg_required_else_help = true)]
pub struct Args {
    /// Print JSON in place of text
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Which registry.
#[derive(Debug, Clone, ClapArgs)]
pub struct Where {
    /// Folder of the registry
    #[arg(long, value_name = "DIR", env = "STELE_DATA")]
    pub data: PathBuf,
    /// Database in place of the one the registry was made with: postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "STELE_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
}

/// For whom.
#[derive(Debug, Clone, ClapArgs)]
pub struct Who {
    /// Account to act as; the first administrator when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub account: Option<String>,
}

/// How to match two files.
#[derive(Debug, Clone, ClapArgs)]
pub struct Files {
    /// Where to write claim_id,rank,id,probability; rank 0 is none of them
    #[arg(
        long,
        value_name = "FILE",
        default_value = "matches.csv",
        conflicts_with = "data"
    )]
    pub out: PathBuf,
    /// Candidates for each claim
    #[arg(long, value_name = "N", default_value_t = 5, conflicts_with = "data")]
    pub best: usize,
    /// Neither list holds anything twice: a place is given to one claim at most
    #[arg(long, conflicts_with = "data")]
    pub one_to_one: bool,
    /// Add a column that tells what each field said
    #[arg(long, conflicts_with = "data")]
    pub reasons: bool,
    /// What the columns of the inventory are (TOML, as for import)
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub map_inventory: Option<PathBuf>,
    /// What the columns of the claims are
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub map_claims: Option<PathBuf>,
}

/// How to match within a registry.
#[derive(Debug, Clone, ClapArgs)]
pub struct InRegistry {
    /// Source, import, party or aggregate whose sites are compared with all others: id or name
    #[arg(long, value_name = "LIST", conflicts_with = "duplicates")]
    pub list: Option<String>,
    /// Compare all sites with each other
    #[arg(long, required_unless_present_any = ["inventory", "list"])]
    pub duplicates: bool,
    /// Record every pair at least this likely as the same, as one act
    #[arg(long, value_name = "PROBABILITY")]
    pub accept_above: Option<f64>,
}

/// What a search is narrowed by.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Narrow {
    /// Only records of this kind: site, claim, party …
    #[arg(long)]
    pub kind: Option<String>,
    /// Only with this category (and those under it), predicate or kind
    #[arg(long)]
    pub category: Option<String>,
    /// Only in this area and those within it: id or name
    #[arg(long)]
    pub area: Option<String>,
    /// Only with this status
    #[arg(long)]
    pub status: Option<String>,
    /// Only what this party says or names: id or name
    #[arg(long)]
    pub party: Option<String>,
    /// Only dated on or after (EDTF: 2021-05)
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only dated on or before
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Only within a distance of a point: longitude, latitude, kilometres
    #[arg(long, value_name = "LON,LAT,KM", allow_hyphen_values = true)]
    pub near: Option<String>,
    /// Only what touches a box
    #[arg(long, value_name = "WEST,SOUTH,EAST,NORTH", allow_hyphen_values = true)]
    pub bbox: Option<String>,
    /// Most records to print
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a registry and its administrator; prints a one-time sign-in link
    Init {
        /// Folder to make it in
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Name of the registry
        #[arg(long)]
        name: String,
        /// E-mail address of the administrator
        #[arg(long, value_name = "EMAIL")]
        admin: String,
        /// Keep the records in PostgreSQL: postgres://user@host/database
        #[arg(
            long,
            value_name = "URL",
            env = "STELE_DATABASE",
            hide_env_values = true
        )]
        database: Option<String>,
    },
    /// Serve the registry to browsers
    Serve {
        #[command(flatten)]
        at: Where,
        /// Address to listen at
        #[arg(long, default_value = "127.0.0.1:4977")]
        listen: SocketAddr,
    },
    /// Make a registry with the demo dossier and serve it
    Demo {
        /// Folder to make it in; made anew each time
        #[arg(long, value_name = "DIR", default_value = "demo-data")]
        data: PathBuf,
        /// Folder with the dossier's files
        #[arg(long, value_name = "DIR", default_value = "demo")]
        dossier: PathBuf,
        /// Keep the records in PostgreSQL, in a database without any: postgres://user@host/database
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// Address to listen at
        #[arg(long, default_value = "127.0.0.1:4977")]
        listen: SocketAddr,
        /// Make it, do not serve it
        #[arg(long)]
        no_serve: bool,
    },
    /// Read in an article or statement: proposes records; records nothing unless told to
    Ingest {
        #[command(flatten)]
        at: Where,
        #[command(flatten)]
        who: Who,
        /// Text or HTML file; - for standard input
        file: PathBuf,
        /// Print what would be proposed and record nothing
        #[arg(long, conflicts_with = "accept")]
        propose: bool,
        /// Record the proposals
        #[arg(long, value_enum)]
        accept: Option<Accept>,
        /// Who published it
        #[arg(long, value_name = "NAME")]
        publisher: Option<String>,
        /// Title
        #[arg(long)]
        title: Option<String>,
        /// Day it was published (EDTF: 2021-06-23)
        #[arg(long, value_name = "DATE")]
        published: Option<String>,
        /// Its web address
        #[arg(long)]
        url: Option<String>,
        /// What it is: article, statement, report …
        #[arg(long)]
        kind: Option<String>,
    },
    /// Read in a list of a party (CSV, XLSX, ODS, GeoJSON, KML, GeoPackage, Shapefile, JSON) as one act
    Import {
        #[command(flatten)]
        at: Where,
        /// The list
        file: PathBuf,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Take an import back as one act: what it recorded is withdrawn, what it changed stands as before
    Retract {
        #[command(flatten)]
        at: Where,
        #[command(flatten)]
        who: Who,
        /// Id or address of the import
        import: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List records of a kind: claims, sites, aggregates, missions, parties …
    List {
        #[command(flatten)]
        at: Where,
        /// The kind, in the plural
        #[arg(value_name = "KIND")]
        plural: String,
        /// Only with this category, predicate or kind
        #[arg(long)]
        facet: Option<String>,
        /// Only with this status
        #[arg(long)]
        status: Option<String>,
        /// Only what this party says: id or name
        #[arg(long)]
        party: Option<String>,
    },
    /// Show one record with what refers to it
    Show {
        #[command(flatten)]
        at: Where,
        /// Id or address of the record
        id: String,
    },
    /// Find records by words, in any script, with a slip or two
    Search {
        #[command(flatten)]
        at: Where,
        /// The words; leave out to list what the options narrow to
        #[arg(default_value = "")]
        text: String,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// Match a list of claims to an inventory, or a registry with itself or one of its lists
    #[command(
        override_usage = "stele match INVENTORY CLAIMS --out OUT.csv [OPTIONS]\n       stele match --data DIR --duplicates|--list LIST [OPTIONS]"
    )]
    Match {
        /// The inventory: CSV, XLSX, GeoJSON, GeoPackage …
        #[arg(requires = "claims", conflicts_with_all = ["data", "list", "duplicates", "accept_above"])]
        inventory: Option<PathBuf>,
        /// The list whose rows are to be found in it
        claims: Option<PathBuf>,
        #[command(flatten)]
        files: Files,
        /// Folder of a registry to match within
        #[arg(long, value_name = "DIR", required_unless_present = "inventory")]
        data: Option<PathBuf>,
        /// Database in place of the one the registry was made with: postgres://…
        #[arg(
            long,
            value_name = "URL",
            env = "STELE_DATABASE",
            hide_env_values = true
        )]
        database: Option<String>,
        #[command(flatten)]
        within: InRegistry,
        #[command(flatten)]
        who: Who,
    },
    /// Record from JSON: one record, an array of them, or batches with @keys (see docs/records.md)
    Record {
        #[command(flatten)]
        at: Where,
        #[command(flatten)]
        who: Who,
        /// JSON file; - for standard input
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Say what would be wrong and record nothing
        #[arg(long)]
        check: bool,
    },
    /// Draw a random sample of an aggregate's items to visit, and record it with its seed
    Sample {
        #[command(flatten)]
        at: Where,
        #[command(flatten)]
        who: Who,
        /// Id or address of the aggregate
        aggregate: String,
        /// How near the estimate is to come, in points: 5 means to within five in a hundred
        #[arg(long, value_name = "POINTS", default_value = "5")]
        margin: String,
        /// Draw so many sites, in place of the margin
        #[arg(long, value_name = "N")]
        size: Option<u64>,
        /// How sure the estimate is to be, in per cent
        #[arg(long, value_name = "PERCENT", default_value = "95")]
        level: String,
        /// Divide the items by area, category, access
        #[arg(long, value_name = "WORDS", value_delimiter = ',')]
        by: Vec<String>,
        /// Seed of the draw; made at random when left out
        #[arg(long)]
        seed: Option<String>,
        /// Mission it is drawn for: id or address
        #[arg(long)]
        mission: Option<String>,
        /// Say how many in each part and record nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// What a sampling plan says of all, or how many of an aggregate's kind may be on no list
    Estimate {
        #[command(flatten)]
        at: Where,
        /// Id or address of a sampling plan or an aggregate
        id: String,
    },
    /// Write a whole collection as a file, or the items of an aggregate as a table for spreadsheets
    Export {
        #[command(flatten)]
        at: Where,
        /// sites, claims, findings, assessments, areas or missions; or id or address of an aggregate
        #[arg(value_name = "WHAT")]
        what: String,
        /// Format: gpkg, fgb, parquet, geojson, geojsons or csv; by the ending of --out when left out
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
        /// File to write, put in its place when it is whole; - for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
        /// Whose eyes: public leaves out what is protected, member has exact places and drafts
        #[arg(long = "as", value_enum, value_name = "WHOM", default_value = "public")]
        whom: Whom,
    },
    /// Write every public collection in every format into FOLDER/snapshots, as the server does at night
    Snapshot {
        #[command(flatten)]
        at: Where,
    },
    /// Check every entry, signature, proof and evidence file; exit code 1 when something is wrong
    Verify {
        #[command(flatten)]
        at: Where,
        /// A checkpoint kept elsewhere, to prove that history was not rewritten since
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// Compute the state anew from the ledger
    Rebuild {
        #[command(flatten)]
        at: Where,
    },
    /// Print the state in one canonical text, to compare two registries byte for byte
    Dump {
        #[command(flatten)]
        at: Where,
    },
    /// Accounts: add one, list them, give another sign-in link
    User {
        #[command(flatten)]
        at: Where,
        /// What to do
        #[command(subcommand)]
        action: User,
    },
    /// Tokens for programs: make one, list them, revoke one
    Token {
        #[command(flatten)]
        at: Where,
        /// What to do
        #[command(subcommand)]
        action: TokenAct,
    },
    /// Print shell completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or that of one command
    Man {
        /// The command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
        /// Write the page of every command into a folder
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        to: Option<PathBuf>,
    },
}

/// What is said of a list.
#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    /// What its rows are: sites, claims on sites, or figures (how many, by date or area)
    #[arg(long = "as", value_enum, value_name = "ROWS")]
    pub rows_are: Rows,
    /// The party whose list it is: name or id
    #[arg(long, value_name = "NAME")]
    pub party: String,
    /// What the party is, when it is recorded for the first time: state, ngo, academic …
    #[arg(long, value_name = "KIND", default_value = "other")]
    pub party_kind: String,
    /// Title of the list; the name of the file when left out. A list read in again under its title is updated
    #[arg(long = "list", value_name = "TITLE")]
    pub title: Option<String>,
    /// How its columns are read (docs/import.md); as the last time, or as they seem, when left out
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// How exactly its places may be shown: public, generalised, withheld
    #[arg(long, value_name = "HOW", default_value = "public")]
    pub sensitivity: String,
    /// Day the list was published (EDTF)
    #[arg(long, value_name = "DATE")]
    pub published: Option<String>,
    /// Its web address
    #[arg(long)]
    pub url: Option<String>,
    /// Say what would come of it and record nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print how its columns would be read, as a file for --map, and record nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub columns: bool,
    /// Write the refused rows to this CSV file
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
    /// Account to act as; the first administrator when left out
    #[arg(long, value_name = "EMAIL")]
    pub account: Option<String>,
}

/// What the rows of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Things that are protected or lived in
    Sites,
    /// What the party says of them
    Claims,
    /// How many of what, by date or area
    Figures,
}

/// Whose eyes a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Whom {
    /// Anybody
    Public,
    /// Members of the registry
    Member,
}

/// What to record of the proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Accept {
    /// All of them
    All,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAct {
    /// Make a token for an account; prints it, this once
    Add {
        /// E-mail address of the account
        email: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// read, record, verify or administer; never more than the account may do
        #[arg(long, default_value = "read")]
        scope: String,
        /// Days it holds
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// List the tokens of an account
    List {
        /// E-mail address of the account
        email: String,
    },
    /// Revoke a token of an account
    Revoke {
        /// E-mail address of the account
        email: String,
        /// Id of the token
        token: String,
    },
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account; prints a one-time sign-in link
    Add {
        /// E-mail address
        email: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// viewer, recorder, verifier or administrator
        #[arg(long, default_value = "recorder")]
        role: String,
    },
    /// List the accounts
    List,
    /// Print another one-time sign-in link
    Link {
        /// E-mail address
        email: String,
    },
}
