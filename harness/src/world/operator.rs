//! What a plan does to the sequencer from outside: its operator changes the builder tuple, and L1
//! replaces its head.

use std::time::Duration;

use gauntlet_protocol::BuilderTuple;
use gauntlet_sequencer::{Clock, Control};

use super::Nodes;
use crate::plan::BuilderSetting;

/// Something that is done to the sequencer.
#[derive(Clone, Copy, Debug)]
enum Action {
    SetBuilder(BuilderSetting),
    ReplaceHead,
}

/// Does what the plan says, when it says.
pub async fn operate(nodes: Nodes, control: Control, clock: Clock) {
    for (at_ms, action) in actions(&nodes) {
        clock.until(Duration::from_millis(at_ms)).await;
        match action {
            Action::SetBuilder(setting) => {
                let builder = tuple(&nodes, setting);
                // The URL is the one that the sequencer was set up with.
                let _accepted = control.set_builder(builder).await;
            }
            Action::ReplaceHead => control.replace_head().await,
        }
    }
}

fn actions(nodes: &Nodes) -> Vec<(u64, Action)> {
    let block_time_ms = nodes.plan.chain.block_time_ms;
    let mut actions = Vec::new();
    for (begins_ms, slot) in (0..)
        .step_by(usize::try_from(block_time_ms).unwrap_or(1))
        .zip(&nodes.plan.slots)
    {
        if let Some(at_ms) = slot.head_replaced_at_ms {
            actions.push((begins_ms + at_ms, Action::ReplaceHead));
        }
        if let Some(change) = slot.builder_changes {
            actions.push((begins_ms + change.at_ms, Action::SetBuilder(change.to)));
        }
    }
    actions.sort_by_key(|(at_ms, _)| *at_ms);
    actions
}

fn tuple(nodes: &Nodes, setting: BuilderSetting) -> Option<BuilderTuple> {
    let pubkey = match setting {
        BuilderSetting::Builder => nodes.keys.builder,
        BuilderSetting::AnotherKey => nodes.keys.another_builder,
        BuilderSetting::Unset => return None,
    };
    BuilderTuple::of(Some(pubkey), Some(nodes.places.builder.clone()))
}
