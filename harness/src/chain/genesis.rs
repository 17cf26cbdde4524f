//! The genesis file of a chain, for a client that is to follow it.

use gauntlet_engine::{ChainSpec, Fork};
use serde_json::{Value, json};

/// The genesis file in geth's format that leads to a chain: that of the chain's genesis, with the
/// times of its forks. Two chains have the same file if and only if they are the same.
#[must_use]
pub fn genesis_file(genesis: &str, spec: &ChainSpec) -> String {
    let mut file: Value = serde_json::from_str(genesis).expect("the chain was read from it");
    let mut set = |member: &str, time: Option<u64>| {
        let Some(config) = file.get_mut("config").and_then(Value::as_object_mut) else {
            return;
        };
        match time {
            Some(time) => drop(config.insert(member.to_owned(), time.into())),
            None => drop(config.remove(member)),
        }
    };
    for fork in Fork::ALL {
        set(fork.genesis_member(), spec.fork_time(fork));
    }
    // Those of L1 that come with them.
    set("shanghaiTime", spec.fork_time(Fork::Canyon));
    set("cancunTime", spec.fork_time(Fork::Ecotone));
    set("pragueTime", spec.fork_time(Fork::Isthmus));
    file["extraData"] = json!(spec.genesis().header().extra_data);
    format!("{file:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{GENESIS, spec_of};
    use crate::plan::Plan;

    #[test]
    fn the_file_leads_to_the_chain() {
        let mut files = Vec::new();
        for holocene_at_slot in [0, 1, 3] {
            let mut plan = Plan::default();
            plan.chain.holocene_at_slot = holocene_at_slot;
            let spec = spec_of(GENESIS, &plan).unwrap();
            let file = genesis_file(GENESIS, &spec);
            let read = ChainSpec::from_genesis_json(&file).unwrap();
            assert_eq!(read.genesis_hash(), spec.genesis_hash());
            for fork in Fork::ALL {
                assert_eq!(read.fork_time(fork), spec.fork_time(fork), "{fork:?}");
            }
            assert_eq!(genesis_file(&file, &read), file);
            files.push(file);
        }
        files.dedup();
        assert_eq!(files.len(), 3, "each is a chain of its own");
    }
}
