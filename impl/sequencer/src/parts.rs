//! What a variant of the sequencer can do differently.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use gauntlet_engine::Attributes;
use gauntlet_protocol::{PayloadRequestV1, SecretKey, Signature, SigningDomain};

use crate::admission::Admission;
use crate::l1::{Derivation, derive};
use crate::local::{Healthy, LocalEngine};
use crate::peer::{Ask, Attempts, Feeds, Forward, Forwarder};
use crate::produce::{Produce, concurrently};
use crate::publish::{Settle, import_then_publish};

/// Translates payload attributes into a payload request.
pub type Translate = Arc<dyn Fn(&Translation<'_>) -> PayloadRequestV1 + Send + Sync>;

/// Makes the payload attributes of a block of this timestamp from what L1 says of it.
pub type Derive = fn(&Derivation, u64) -> Attributes;

/// Signs a payload request.
pub type Sign = fn(&SecretKey, &SigningDomain, &PayloadRequestV1) -> Signature;

/// What a payload request is made of.
#[derive(Clone, Copy, Debug)]
pub struct Translation<'a> {
    /// The number of the block.
    pub number: u64,
    /// Its parent.
    pub parent: B256,
    /// Its attributes.
    pub attributes: &'a Attributes,
    /// The address of the key that signs.
    pub signer: Address,
}

/// The parts of a sequencer; the honest ones are the default.
#[derive(Clone)]
pub struct Parts {
    /// Makes the attributes.
    pub derive: Derive,
    /// What the local engine builds from, given the attributes.
    pub local: fn(&Arc<Attributes>) -> Arc<Attributes>,
    /// Whether a slot begins again when its head is replaced.
    pub begins_again: bool,
    /// Makes the request.
    pub translate: Translate,
    /// Signs the request.
    pub sign: Sign,
    /// Decides whether a builder is asked, given the attributes.
    pub calls: fn(&Attributes) -> bool,
    /// Sends the request.
    pub ask: Arc<dyn Ask>,
    /// Judges what comes back.
    pub admission: Admission,
    /// Runs the two ways to a block.
    pub produce: Produce,
    /// Builds, judges and imports.
    pub engine: Arc<dyn LocalEngine>,
    /// Imports and publishes the block.
    pub settle: Settle,
    /// Forwards transactions.
    pub forward: Arc<dyn Forward>,
    /// What the builder is told of the head.
    pub feeds: Feeds,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            derive,
            local: Arc::clone,
            begins_again: true,
            translate: Arc::new(translate),
            sign,
            calls: uses_pool,
            ask: Arc::new(Attempts::GET_PAYLOAD),
            admission: Admission::default(),
            produce: concurrently,
            engine: Arc::new(Healthy),
            settle: Arc::new(import_then_publish),
            forward: Arc::new(Forwarder::default()),
            feeds: Feeds::default(),
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("ask", &self.ask)
            .field("admission", &self.admission)
            .field("forward", &self.forward)
            .field("engine", &self.engine)
            .field("feeds", &self.feeds)
            .finish_non_exhaustive()
    }
}

/// "The Sequencer will translate the received Payload Attributes into a Payload Request" (line 49).
#[must_use]
pub fn translate(from: &Translation<'_>) -> PayloadRequestV1 {
    PayloadRequestV1 {
        block_number: U256::from(from.number),
        parent_hash: from.parent,
        pub_key: from.signer,
        gas_limit: U256::from(from.attributes.gas_limit),
        parent_beacon_block_root: from.attributes.parent_beacon_block_root,
    }
}

/// "`secp256k1` signature over `payload`" (line 94). DECISION: signature-preimage.
#[must_use]
pub fn sign(key: &SecretKey, domain: &SigningDomain, request: &PayloadRequestV1) -> Signature {
    key.sign(domain.digest(request))
}

/// DECISION: no-tx-pool: a block that is fixed by its attributes is not asked for.
#[must_use]
pub fn uses_pool(attributes: &Attributes) -> bool {
    !attributes.no_tx_pool
}
