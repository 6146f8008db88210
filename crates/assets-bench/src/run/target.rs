//! What is to be reached: a bar that is kept, and an aim beyond it.

use serde::Serialize;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Measure {
    /// Processor time of the service ÷ that of the floor, the median of the pairs.
    Ratio,
    /// The same for each byte of the answers, where those of the two differ in length.
    RatioPerByte,
    /// The 99th percentile of the service's answers, in milliseconds.
    P99Milliseconds,
    /// The service's requests a second.
    Rate,
    /// Something that was measured once, in its own unit.
    Value,
}

/// One figure to reach.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Target {
    pub(crate) measure: Measure,
    pub(crate) bar: f64,
    pub(crate) aim: f64,
}

/// How far it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Missed,
    Bar,
    Aim,
}

impl Target {
    pub(crate) const fn ratio(bar: f64, aim: f64) -> Self {
        Self { measure: Measure::Ratio, bar, aim }
    }

    pub(crate) const fn ratio_per_byte(bar: f64, aim: f64) -> Self {
        Self { measure: Measure::RatioPerByte, bar, aim }
    }

    pub(crate) const fn p99(bar_milliseconds: f64, aim_milliseconds: f64) -> Self {
        Self { measure: Measure::P99Milliseconds, bar: bar_milliseconds, aim: aim_milliseconds }
    }

    pub(crate) const fn rate(bar: f64, aim: f64) -> Self {
        Self { measure: Measure::Rate, bar, aim }
    }

    pub(crate) const fn value(bar: f64, aim: f64) -> Self {
        Self { measure: Measure::Value, bar, aim }
    }

    /// What a figure reaches.
    pub(crate) fn judge(self, figure: f64) -> Verdict {
        let reaches = |wanted: f64| if self.measure == Measure::Rate { figure >= wanted } else { figure <= wanted };
        if reaches(self.aim) {
            Verdict::Aim
        } else if reaches(self.bar) {
            Verdict::Bar
        } else {
            Verdict::Missed
        }
    }
}

impl Verdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Missed => "MISSED",
            Self::Bar => "bar",
            Self::Aim => "aim",
        }
    }
}
