//! What a plan does to the sequencer from outside: its operator changes the builder tuple, and L1
//! replaces its head.

use std::time::Duration;

use futures::future::BoxFuture;
use gauntlet_protocol::BuilderTuple;
use tokio::time::{Instant, sleep_until};

use crate::chain::Keys;
use crate::plan::{BuilderSetting, Plan};
use crate::trace::{Act, Host, Recorder, What};

/// Something that a sequencer is told to do.
#[derive(Clone, Debug)]
pub enum Order {
    /// To register another builder, or none.
    SetBuilder(Option<BuilderTuple>),
    /// To replace its head by the sibling that L1 says.
    ReplaceHead,
}

/// Tells a sequencer what the plan says, when it says.
#[derive(Clone, Debug)]
pub struct Operator {
    orders: Vec<(Duration, Order)>,
    recorder: Recorder,
}

impl Operator {
    /// The operator of a plan whose builder listens at this URL.
    #[must_use]
    pub fn new(plan: &Plan, keys: &Keys, builder_url: &str, recorder: Recorder) -> Self {
        let block_time_ms = plan.chain.block_time_ms;
        let mut orders = Vec::new();
        for (begins_ms, slot) in (0..)
            .step_by(usize::try_from(block_time_ms).unwrap_or(1))
            .zip(&plan.slots)
        {
            if let Some(at_ms) = slot.head_replaced_at_ms {
                orders.push((begins_ms + at_ms, Order::ReplaceHead));
            }
            if let Some(change) = slot.builder_changes {
                let tuple = tuple(keys, builder_url, change.to);
                orders.push((begins_ms + change.at_ms, Order::SetBuilder(tuple)));
            }
        }
        orders.sort_by_key(|(at_ms, _)| *at_ms);
        Self {
            orders: orders
                .into_iter()
                .map(|(at_ms, order)| (Duration::from_millis(at_ms), order))
                .collect(),
            recorder,
        }
    }

    /// Gives each order at its time, of which so much has passed already, to whoever obeys.
    pub async fn run(
        self,
        elapsed: Duration,
        mut obey: impl FnMut(Order) -> BoxFuture<'static, ()> + Send,
    ) {
        let begun = Instant::now();
        for (at, order) in self.orders {
            let Some(wait) = at.checked_sub(elapsed) else {
                continue;
            };
            sleep_until(begun + wait).await;
            let act = match &order {
                Order::SetBuilder(builder) => {
                    Act::SetBuilder(builder.as_ref().map(|builder| builder.pubkey))
                }
                Order::ReplaceHead => Act::ReplaceHead,
            };
            self.recorder.record(Host::Operator, What::Did(act));
            obey(order).await;
        }
    }
}

fn tuple(keys: &Keys, url: &str, setting: BuilderSetting) -> Option<BuilderTuple> {
    let pubkey = match setting {
        BuilderSetting::Builder => keys.builder,
        BuilderSetting::AnotherKey => keys.another_builder,
        BuilderSetting::Unset => return None,
    };
    BuilderTuple::of(Some(pubkey), Some(url.to_owned()))
}
