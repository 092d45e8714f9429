//! From EAMENA's scales to the common grade (UNOSAT's five), with the certainty that the step leaves.
//!
//! EAMENA's overall condition says how well a place is kept, whatever the reason, and its extent how
//! much of it is disturbed; neither is a grade of damage by itself. So the common grade is never more
//! than medium certain, and the native value stays beside it (`docs/vocabularies.md`, "Crosswalk").

use crate::words::{Certainty, Grade};

/// Grade of an EAMENA damage extent (`31-60%`); `None` where the value is none of the scale.
pub fn of_extent(value: &str) -> Option<(Grade, Certainty)> {
    let plain: String = value
        .to_lowercase()
        .chars()
        .map(|c| if matches!(c, '–' | '—') { '-' } else { c })
        .filter(|c| !c.is_whitespace() && *c != '%')
        .collect();
    Some(match plain.as_str() {
        "novisible/known" | "novisible" | "none" | "0" => (Grade::NoVisible, Certainty::Medium),
        "1-10" | "11-30" => (Grade::Moderate, Certainty::Medium),
        "31-60" | "61-90" => (Grade::Severe, Certainty::Medium),
        "91-100" => (Grade::Destroyed, Certainty::Medium),
        "unknown" => (Grade::NotExamined, Certainty::Negligible),
        _ => return None,
    })
}

/// Grade of an EAMENA overall condition (`Fair`); `None` where the value is none of the scale.
pub fn of_condition(value: &str) -> Option<(Grade, Certainty)> {
    Some(match value.trim().to_lowercase().as_str() {
        "good" => (Grade::NoVisible, Certainty::Low),
        "fair" => (Grade::Possible, Certainty::Low),
        "poor" => (Grade::Moderate, Certainty::Low),
        "very bad" => (Grade::Severe, Certainty::Low),
        "destroyed" => (Grade::Destroyed, Certainty::Medium),
        "unknown" => (Grade::NotExamined, Certainty::Negligible),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_two_scales_has_a_grade_and_no_other_has() {
        for (value, grade) in [
            ("No Visible/Known", Grade::NoVisible),
            ("1-10%", Grade::Moderate),
            ("11 – 30 %", Grade::Moderate),
            ("31-60%", Grade::Severe),
            ("61-90%", Grade::Severe),
            ("91-100%", Grade::Destroyed),
            ("Unknown", Grade::NotExamined),
        ] {
            assert_eq!(of_extent(value).map(|(g, _)| g), Some(grade), "{value}");
        }
        for (value, grade) in [
            ("Good", Grade::NoVisible),
            ("Fair", Grade::Possible),
            ("Poor", Grade::Moderate),
            ("Very Bad", Grade::Severe),
            ("Destroyed", Grade::Destroyed),
            ("Unknown", Grade::NotExamined),
        ] {
            assert_eq!(of_condition(value).map(|(g, _)| g), Some(grade), "{value}");
        }
        assert_eq!(of_extent("half"), None);
        assert_eq!(of_condition("so so"), None);
    }
}
