//! What somebody else sends to the builder.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A probe of the catalogue, by its id, and when it is sent. A plan knows no more of it: what is
/// sent stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbePlan {
    /// The probe's id.
    pub send: Cow<'static, str>,
    /// Which member of what is sent is another than it should be, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Cow<'static, str>>,
    /// How it is written, if the probe can be written in several ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Cow<'static, str>>,
    /// When, from the slot's start.
    pub at_ms: u64,
    /// How often, one after another on one connection.
    #[serde(
        default = "ProbePlan::once",
        skip_serializing_if = "ProbePlan::is_once"
    )]
    pub times: u32,
}

impl ProbePlan {
    /// A probe that is sent once, as it is usually written.
    pub fn of(send: impl Into<Cow<'static, str>>, at_ms: u64) -> Self {
        Self {
            send: send.into(),
            member: None,
            written: None,
            at_ms,
            times: Self::once(),
        }
    }

    const fn once() -> u32 {
        1
    }

    const fn is_once(times: &u32) -> bool {
        *times == 1
    }
}

impl fmt::Display for ProbePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.send)?;
        if let Some(member) = &self.member {
            write!(f, " {member}")?;
        }
        if let Some(written) = &self.written {
            write!(f, " {written}")?;
        }
        Ok(())
    }
}
