//! `stele sample`, `stele estimate`: what an aggregate's items tell.

use super::{Done, OK, id_in, local_viewer};
use crate::print;
use serde_json::json;
use stele_model::rules::Standing;
use stele_model::{AnyId, FieldError, Kind, SamplingPlan, StratifiedBy, Stratum, Word};
use stele_registry::sampling::{
    MOST_COMPARED, PlanView, Size, UnlistedView, Wish, level_from_percent,
};
use stele_registry::{Refusal, Registry, Viewer};

/// What the arguments ask for.
pub struct Asked<'a> {
    pub aggregate: &'a str,
    pub margin: &'a str,
    pub size: Option<u64>,
    pub level: &'a str,
    pub by: &'a [String],
    pub seed: Option<String>,
    pub mission: Option<&'a str>,
}

fn field(error: FieldError) -> Refusal {
    Refusal::field(format!("--{}", error.field), error.problem)
}

fn wish(registry: &Registry, viewer: &Viewer, asked: Asked<'_>) -> Result<Wish, Refusal> {
    let by = asked
        .by
        .iter()
        .map(|word| {
            word.trim()
                .parse::<StratifiedBy>()
                .map_err(|e| Refusal::field("--by", e.to_string()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let size = match asked.size {
        Some(n) => Size::Sites(n),
        None => Size::from_points(asked.margin).map_err(field)?,
    };
    let mission = match asked.mission {
        Some(text) => Some(
            registry
                .resolve(viewer, Some(Kind::Mission), text)?
                .map_err(|problem| Refusal::field("--mission", problem))?
                .into(),
        ),
        None => None,
    };
    Ok(Wish {
        aggregate: id_in(registry, viewer, asked.aggregate)?.into(),
        mission,
        by,
        size,
        level: level_from_percent(asked.level).map_err(field)?,
        seed: asked.seed,
    })
}

/// Draws a sample and records it.
pub fn sample(
    registry: &Registry,
    account: Option<&str>,
    asked: Asked<'_>,
    dry_run: bool,
    as_json: bool,
) -> Done {
    let actor = registry.acting(account)?;
    let viewer = Viewer::Member(actor.clone());
    let wish = wish(registry, &viewer, asked)?;
    if dry_run {
        let plan = registry.lay_out(&viewer, &wish)?;
        let strata: Vec<_> = plan
            .strata
            .iter()
            .map(|s| json!({"area": s.area, "category": s.category, "access": s.access, "sites": s.sites.len(), "drawn": s.drawn.len()}))
            .collect();
        if as_json {
            print::json(
                &json!({"frame": plan.frame, "seed": plan.seed, "size": plan.size(), "strata": strata}),
            );
        } else {
            print::line(&format!(
                "{} of {} sites would be drawn, in {} part(s). Nothing was recorded.",
                plan.size(),
                plan.frame.count,
                plan.strata.len()
            ));
            if let Some(why) = wish.size.exceeded_by(&plan) {
                print::line(&why);
            }
            let title = |id: AnyId| {
                let shown = registry.get(&viewer, id);
                shown.map_or_else(|_| id.to_string(), |shown| shown.title("en"))
            };
            let rows = plan.strata.iter().map(|stratum| {
                let of = format!("{} of {}", stratum.drawn.len(), stratum.sites.len());
                vec![part_of(&plan, stratum, &title), of]
            });
            print::table(&rows.collect::<Vec<_>>());
        }
        return OK;
    }
    let id = registry.draw_sample(&actor, &wish)?;
    let view = registry.plan(&viewer, id, "en")?;
    if as_json {
        print::json(&view.to_json());
        return OK;
    }
    print::line(&format!(
        "Recorded /sampling_plan/{id}: {} of {} sites, seed {}.",
        view.body.size(),
        view.body.frame.count,
        view.body.seed
    ));
    if let Some(why) = wish.size.exceeded_by(&view.body) {
        print::line(&why);
    }
    let rows: Vec<Vec<String>> = view
        .sites
        .iter()
        .map(|s| vec![s.site.id.to_string(), s.site.title("en")])
        .collect();
    print::table(&rows);
    OK
}

/// What a plan says of all, or how many may be on no list.
pub fn estimate(registry: &Registry, text: &str, as_json: bool) -> Done {
    let viewer = local_viewer(registry)?;
    let id = id_in(registry, &viewer, text)?;
    let shown = registry.get(&viewer, id)?;
    match shown.kind {
        Kind::SamplingPlan => {
            let view = registry.plan(&viewer, id, "en")?;
            match as_json {
                true => print::json(&view.to_json()),
                false => say_plan(&view),
            }
        }
        Kind::Aggregate => {
            let view = registry.unlisted(&viewer, id, MOST_COMPARED, "en")?;
            match as_json {
                true => print::json(&json!({"aggregate": shown, "unlisted": view.to_json()})),
                false => say_unlisted(&view),
            }
        }
        other => {
            return Err(Refusal::field(
                "ID",
                format!(
                    "is a {}; give a sampling plan or an aggregate",
                    other.label()
                ),
            ));
        }
    }
    OK
}

/// What a part of a plan is: its area, category and access, as far as the plan divides by them.
fn part_of(plan: &SamplingPlan, stratum: &Stratum, title: &dyn Fn(AnyId) -> String) -> String {
    let mut said: Vec<String> = Vec::new();
    if plan.by.contains(&StratifiedBy::Area) {
        let area = stratum.area.map(|area| title(area.any()));
        said.push(area.unwrap_or_else(|| "area not known".to_owned()));
    }
    said.extend(stratum.category.map(|category| category.label().to_owned()));
    said.extend(stratum.access.map(|access| access.label().to_owned()));
    match said.is_empty() {
        true => "all of them".to_owned(),
        false => said.join(", "),
    }
}

fn say_plan(view: &PlanView) {
    let e = &view.estimate;
    let (t, bounds) = (&e.combined.tally, e.combined.bounds());
    print::line(&format!(
        "Drawn {} of {}: it holds for {}, not for {}, {} inconclusive, {} not reached, {} pending.",
        t.drawn, t.population, t.holds, t.holds_not, t.inconclusive, t.not_reached, t.pending
    ));
    match (e.standing, e.combined.expected) {
        (Standing::NotYet, _) => print::line("Nothing is concluded of any drawn site yet."),
        (Standing::Representative, Some(expected)) => print::line(&format!(
            "It holds for about {expected:.0} of {}: between {} and {} at {}.",
            t.population,
            bounds.lower,
            bounds.upper,
            e.level.in_words()
        )),
        _ => print::line(&format!(
            "Not representative: {} drawn site(s) have no conclusion. Whatever they are like, between {} and {} of {} at {}.",
            t.open(),
            bounds.lower,
            bounds.upper,
            t.population,
            e.level.in_words()
        )),
    }
    if let [_, _, ..] = view.body.strata.as_slice() {
        let title = |id: AnyId| view.titles.of(id);
        let rows = view
            .body
            .strata
            .iter()
            .zip(&e.strata)
            .map(|(stratum, part)| {
                let (t, bounds) = (&part.tally, part.bounds());
                vec![
                    part_of(&view.body, stratum, &title),
                    format!("{} of {} drawn", t.drawn, t.population),
                    format!("holds for {}, not for {}", t.holds, t.holds_not),
                    format!("between {} and {}", bounds.lower, bounds.upper),
                ]
            });
        print::table(&rows.collect::<Vec<_>>());
    }
    print::line(if view.redrawn_alike {
        "Drawn again from the recorded list and seed: the same sites."
    } else {
        "Drawn again from the recorded list and seed: OTHER sites."
    });
}

fn say_unlisted(view: &UnlistedView) {
    for (i, list) in view.lists.iter().enumerate() {
        let names: Vec<String> = list.parties.iter().map(|p| view.titles.of(*p)).collect();
        print::line(&format!(
            "List {}: {} things, named by {}",
            i + 1,
            list.things,
            names.join(", ")
        ));
    }
    match &view.estimate {
        Ok(e) => {
            let most = e
                .upper
                .map_or("no upper limit".to_owned(), |u| format!("{u:.0}"));
            print::line(&format!(
                "{} on some list; an estimate of all is {:.0} (at {}: {:.0} to {most}).",
                e.observed,
                e.total,
                e.level.in_words(),
                e.lower
            ));
            for caution in &e.cautions {
                print::line(&format!("Note: {caution}."));
            }
            for (name, sentence) in stele_model::rules::unlisted::ASSUMPTIONS {
                print::line(&format!("It takes for granted {name}: {sentence}."));
            }
        }
        Err(reason) => print::line(&format!("This cannot be told: {reason}.")),
    }
}
