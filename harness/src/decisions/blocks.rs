//! Which block is valid, chosen and published.

use super::Decision;

pub(super) const DECISIONS: &[Decision] = &[
    Decision::new(
        "gas-limit",
        "Is gasLimit of the request (71) exact, or the most that is allowed?",
        "The block's gas limit must equal the request's.",
        "On an OP Stack chain the attributes set the gas limit, and the builder has no say in it.",
    ),
    Decision::new(
        "most-gas",
        "How much gas can a block have at all, if a peer says so?",
        "500 million, or twice the gas limit of the genesis block where that is more. Above it a \
         payload is INVALID and attributes are -38003, before anything is executed.",
        "Gas is all that bounds the work of a block, and nothing bounds the step from one gas \
         limit to the next on an OP Stack chain. SystemConfig, the contract on L1 that sets it, \
         takes at most 500 million: no block that L1 has led to is above it.",
    ),
    Decision::new(
        "fork-of",
        "Which fork's rules and layout has a block?",
        "Those of the fork of its own timestamp, never of its parent's.",
        "That is what a fork time means; the first block of a fork tells the two apart.",
    ),
    Decision::new(
        "sub-second-timestamps",
        "What are the timestamps if the block time is under a second?",
        "They advance by one second a block.",
        "They are whole seconds and must grow from block to block.",
    )
    .unmarked("a block time under a second is a scenario's, so that slots can be made tight"),
    Decision::new(
        "selection",
        "Which block is taken if both are valid?",
        "The builder's.",
        "It is what the builder was asked for.",
    )
    .or(&[
        "value: the block of the higher recomputed value",
        "gas-used: the builder's, unless it uses less than 10 % of the local block's gas",
    ]),
    Decision::new(
        "value",
        "What is value (79), and is it trusted?",
        "The sum of the priority fees in wei, as the builder claims it, a uint256. It is never \
         trusted: the policy value goes by the recomputed one.",
        "Whoever profits from a number must not be its only source.",
    ),
    Decision::new(
        "local-fails",
        "What if the local engine fails and the builder's block is valid?",
        "The builder's block is used.",
        "Liveness is the point of the failsafe (52). An implementation that discarded it missed \
         slots.",
    ),
    Decision::new(
        "syncing",
        "What if validation answers SYNCING or ACCEPTED?",
        "That is not VALID: the local block stands.",
        "A block that was not validated was once let through that way.",
    ),
    Decision::new(
        "build-deadline",
        "How long may a block be built?",
        "There is a complete one, of the forced transactions alone, from the start of the slot; it \
         is filled from the pool again and again, and the best complete one is taken when it is \
         due. A transaction that alone takes the time of a whole round is dropped.",
        "No block is late for what is in it (52).",
    ),
    Decision::new(
        "catch-up",
        "What follows on a slot without a block, or on a late start?",
        "Blocks that follow one another at once until the chain has reached the clock, each with \
         the timestamp of its number. They are local: the builder is not asked for them.",
        "Otherwise the chain stays behind the clock for good. Their slots are over, and no request \
         of 200 ms ends within them.",
    ),
    Decision::new(
        "local-restart",
        "What does a sequencer begin with that comes back without its state?",
        "The longest chain that its builder or a follower has, which it executes from the first \
         block on. It begins a new one only when it is told to.",
        "A sequencer that begins anew publishes twice at a height. What others keep is executed, \
         and not believed.",
    ),
    Decision::new(
        "publish-order",
        "When does a block leave the sequencer?",
        "After it is imported as VALID and not before, one block a height; the other one is never \
         seen outside.",
        "A block that was published before it was validated once stalled a mainnet for 49 minutes.",
    ),
];
