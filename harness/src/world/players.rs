//! Who plays: a sequencer and a builder, honest, mutated, or somebody else's.

use std::sync::Arc;

use super::honest::{HonestBuilder, HonestSequencer};
use super::{Role, Subject};
use crate::plan::Plan;
use crate::trace::Evidence;

/// Who plays, cheap to clone.
#[derive(Clone, Debug)]
pub struct Players {
    /// Who plays the sequencer.
    pub sequencer: Arc<dyn Subject>,
    /// Who plays the builder.
    pub builder: Arc<dyn Subject>,
}

impl Default for Players {
    /// Our own nodes.
    fn default() -> Self {
        Self::honest()
    }
}

impl Players {
    /// Our own nodes.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            sequencer: Arc::new(HonestSequencer::default()),
            builder: Arc::new(HonestBuilder::default()),
        }
    }

    /// A subject, and our own node in the other role.
    #[must_use]
    pub fn with(subject: Arc<dyn Subject>) -> Self {
        let honest = Self::honest();
        match subject.role() {
            Role::Sequencer => Self {
                sequencer: subject,
                ..honest
            },
            Role::Builder => Self {
                builder: subject,
                ..honest
            },
        }
    }

    /// Why a plan says nothing of them, if one of them cannot honour what it asks.
    #[must_use]
    pub fn decline(&self, plan: &Plan) -> Option<String> {
        let sequencer = self.sequencer.declines(plan);
        sequencer.or_else(|| self.builder.declines(plan))
    }

    /// What a trace holds of them on a network that shows so much: what a sequencer does not tell of
    /// itself is not there.
    pub fn evidence(
        &self,
        shown: impl IntoIterator<Item = Evidence>,
    ) -> impl Iterator<Item = Evidence> {
        let tells = self.sequencer.tells();
        let is_told = move |of: &Evidence| match of {
            Evidence::Testimony | Evidence::Log => tells.contains(of),
            Evidence::Wire
            | Evidence::Users
            | Evidence::Blocks
            | Evidence::Stimulus
            | Evidence::Panics
            | Evidence::Order
            | Evidence::Tasks => true,
        };
        shown.into_iter().filter(is_told)
    }

    /// Whether both are this project's own.
    #[must_use]
    pub fn are_ours(&self) -> bool {
        self.sequencer.is_ours() && self.builder.is_ours()
    }
}
