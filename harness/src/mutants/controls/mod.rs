//! Null controls: builders that do nothing that one must.
//!
//! A case in which such a builder passes says nothing of builders. Each is failed in every case that
//! is for a rule for builders and in which the honest builder gives a payload: where all that is
//! right is to refuse, one that refuses everything is right.
//!
//! - `answers`: what each of them answers;
//! - `serve`: how it is sent;
//! - `run`: which cases they pass.

mod answers;
mod run;
mod serve;

use std::sync::Arc;

use crate::world::Subject;

use answers::{Foreign, Replayer};
use serve::{Answer, Builder};

pub use run::{Passes, positive, run_all};

/// A builder that does nothing that one must.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// Its name.
    pub id: &'static str,
    /// What it does.
    pub about: &'static str,
    builder: fn() -> Arc<dyn Subject>,
}

impl Control {
    /// The builder.
    #[must_use]
    pub fn builder(&self) -> Arc<dyn Subject> {
        (self.builder)()
    }
}

/// Every control.
pub fn all() -> impl Iterator<Item = &'static Control> + Clone {
    CONTROLS.iter()
}

const CONTROLS: &[Control] = &[
    Control {
        id: "empty-object",
        about: "It answers everything with `{}`.",
        builder: || Builder::answering(|_| Answer::json("{}")),
    },
    Control {
        id: "always-an-error",
        about: "It answers every call with an error.",
        builder: || Builder::answering(answers::error),
    },
    Control {
        id: "echo",
        about: "It sends back what it was sent.",
        builder: || Builder::answering(|body| Answer::json(body)),
    },
    Control {
        id: "html",
        about: "It answers everything with a page of HTML.",
        builder: || Builder::answering(|_| Answer::html("<html>It works!</html>")),
    },
    Control {
        id: "of-another-chain",
        about: "It takes everything for valid, and gives good blocks of another chain.",
        builder: || {
            // A simulation of its own, which must not begin within another.
            let payloads = Foreign::payloads();
            Builder::started_with(move |setup| Box::new(Foreign::new(&payloads, setup)))
        },
    },
    Control {
        id: "replayer",
        about: "It answers everything with the result that it gave first.",
        builder: || Builder::started_with(|_| Box::new(Replayer::default())),
    },
    Control {
        id: "silent",
        about: "It accepts every connection, reads, and never answers.",
        builder: || Builder::answering(|_| Answer::Never),
    },
];
