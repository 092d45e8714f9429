//! A column that is headed “date” and nothing else: of what, the other columns and its cells show, or nobody.

use super::super::dates;
use super::{Field, Guesser, VOCABULARY};
use stele_model::date::Day;

/// Days of the longest month: what is told to this is of the news, not of building history.
const MONTH: i64 = 31;

impl Guesser<'_> {
    /// Finds what bare dates are of.
    pub(super) fn bare_dates(&mut self) {
        let bare: Vec<usize> = (0..self.columns.len())
            .filter(|at| !self.fields.contains_key(at))
            .filter(|at| VOCABULARY.is_bare_date(&self.columns[*at].heading))
            .collect();
        for at in bare {
            let column = &self.columns[at];
            let share = |is: &dyn Fn(Day, Day) -> bool| {
                column.share(|cell| {
                    let date = dates::date(cell, true);
                    date.and_then(|date| Some(is(date.earliest()?, date.latest()?))) == Some(true)
                })
            };
            if share(&|_, _| true) < 0.3 {
                continue;
            }
            let has = |field: Field| self.fields.values().any(|known| *known == field);
            let is_old = share(&|first, _| first.ymd().0 < 1900) > 0.5;
            let is_close = share(&|first, last| last.0 - first.0 < MONTH) > 0.5;
            if (is_old || has(Field::Event)) && !has(Field::Made) {
                self.fields.insert(at, Field::Made);
            } else if is_close && has(Field::Condition) && !has(Field::Event) {
                self.fields.insert(at, Field::Event);
            } else {
                self.questions.push(format!(
                    "\"{}\" is a date; of what? Of what happened (`event`), of when it was built (`made`), or of when the list says so (`stated`)?",
                    column.written
                ));
            }
        }
    }
}
