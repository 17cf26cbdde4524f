//! Where Gauntlet's engine and an execution client are known to differ: the register that excuses
//! a difference, and nothing else does.

use gauntlet_protocol::ExecutionPayloadV2;

/// What an engine says of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That it is valid.
    Valid,
    /// That it is invalid, or not even a payload.
    Invalid,
}

/// A known difference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Its name, in reports.
    pub id: &'static str,
    /// Which payloads it is about, in a sentence.
    pub about: &'static str,
    /// Whether it is about this payload.
    pub applies: fn(&ExecutionPayloadV2) -> bool,
    /// What our engine says; the client says the other.
    pub ours: Side,
    /// Of which client it is known.
    pub client: &'static str,
    /// Why ours says what it says.
    pub why: &'static str,
}

/// Every known difference.
pub fn differences() -> impl Iterator<Item = &'static Difference> + Clone {
    DIFFERENCES.iter()
}

const OP_GETH: &str = "op-geth v1.101702.3";

const DIFFERENCES: &[Difference] = &[
    Difference {
        id: "elasticity-above-gas-limit",
        about: "whose EIP-1559 elasticity is above the gas limit",
        applies: |payload| elasticity(payload).is_some_and(|it| it > payload.gas_limit),
        ours: Side::Invalid,
        client: OP_GETH,
        why: "The gas target would be 0, by which the next base fee is divided: no block could \
              follow. The client takes the block, and fails at the one after it.",
    },
    Difference {
        id: "blob-gas-used",
        about: "that say that they use the gas of blobs",
        applies: |payload| payload.blob_gas_used.is_some_and(|gas| gas != 0),
        ours: Side::Invalid,
        client: OP_GETH,
        why: "The OP Stack's execution engine has blobGasUsed 0 from Ecotone to Holocene. The \
              client compares it with nothing.",
    },
    Difference {
        id: "gas-limit-above-the-most",
        about: "whose gas limit is above what L1 can set",
        applies: |payload| payload.gas_limit > MOST_GAS,
        ours: Side::Invalid,
        client: OP_GETH,
        why: "DECISION most-gas: gas is all that bounds the work of a block. The client bounds \
              the gas limit by 2^63 - 1 alone.",
    },
];

/// The most that L1 can set: `MAX_GAS_LIMIT` of `SystemConfig`.
const MOST_GAS: u64 = 500_000_000;

/// The elasticity in the extra data of a Holocene block.
fn elasticity(payload: &ExecutionPayloadV2) -> Option<u64> {
    let [0, _, _, _, _, ref elasticity @ ..] = payload.extra_data[..] else {
        return None;
    };
    let elasticity = <[u8; 4]>::try_from(elasticity).ok()?;
    Some(u32::from_be_bytes(elasticity).into())
}
