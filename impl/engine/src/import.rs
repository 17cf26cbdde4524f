//! `engine_newPayloadV3` in three steps: what the engine knows of a payload, the execution, which
//! needs no engine, and what the engine remembers of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alloy_primitives::B256;

use crate::block::Block;
use crate::engine::Engine;
use crate::invalid::Invalid;
use crate::limits::Stopped;
use crate::payload::Payload;
use crate::validate::Validation;

/// How many verdicts against payloads an engine remembers.
const REMEMBERED_INVALID: usize = 1024;

/// What `engine_newPayloadV3` answers.
#[derive(Clone, Debug)]
pub enum PayloadVerdict {
    /// The payload is this block.
    Valid(Arc<Block>),
    /// The payload is no block.
    Invalid {
        /// Why not.
        reason: Invalid,
        /// The last valid block before it, where the payload says of what block it is at all.
        latest_valid_hash: Option<B256>,
    },
    /// The parent is unknown.
    Syncing,
}

/// The task of answering `engine_newPayloadV3`: it owns what it needs, and the engine may do other
/// things meanwhile.
#[derive(Clone, Debug)]
pub struct Import {
    validation: Validation,
    versioned_hashes: usize,
    /// What the engine knows of the block hash that the payload claims, and of its parent.
    known: Option<Arc<Block>>,
    invalid: Option<(Invalid, Option<B256>)>,
    invalid_parent: Option<Option<B256>>,
}

/// What came of an [`Import`], for [`Engine::conclude`].
#[derive(Debug)]
pub struct Imported(Outcome);

#[derive(Debug)]
enum Outcome {
    Executed(Box<Block>),
    Known(Arc<Block>),
    /// To be remembered under the block's hash.
    Refused(B256, Invalid, Option<B256>),
    /// Refused again, or as a payload of whose block nothing is known.
    NotRemembered(Invalid, Option<B256>),
    Syncing,
}

impl Import {
    /// Comes to a verdict, by execution if nothing less decides it.
    ///
    /// # Errors
    ///
    /// `stop`, which is asked between transactions, said so first.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> Result<Imported, Stopped> {
        self.outcome(stop).map(Imported)
    }

    fn outcome(&self, stop: &dyn Fn() -> bool) -> Result<Outcome, Stopped> {
        let (header, hash) = match self.validation.check_seal() {
            Ok(sealed) => sealed,
            Err(reason) => return Ok(Outcome::NotRemembered(reason, None)),
        };
        if self.versioned_hashes > 0 {
            let reason = Invalid::VersionedHashes(self.versioned_hashes);
            return Ok(Outcome::NotRemembered(reason, None));
        }
        if let Some(known) = &self.known {
            return Ok(Outcome::Known(Arc::clone(known)));
        }
        if let Some((reason, latest_valid_hash)) = &self.invalid {
            return Ok(Outcome::NotRemembered(reason.clone(), *latest_valid_hash));
        }
        let parent_hash = header.parent_hash;
        if let Some(latest_valid_hash) = self.invalid_parent {
            let reason = Invalid::InvalidParent(parent_hash);
            return Ok(Outcome::Refused(hash, reason, latest_valid_hash));
        }
        let Some(parent) = self.validation.parent() else {
            return Ok(Outcome::Syncing);
        };
        Ok(match self.validation.execute(parent, header, stop)? {
            Ok(block) => Outcome::Executed(Box::new(block)),
            Err(reason) => Outcome::Refused(hash, reason, Some(parent_hash)),
        })
    }
}

impl Engine {
    /// The task of answering `engine_newPayloadV3` for a payload, with what is known of it now.
    #[must_use]
    pub fn prepare(&self, payload: Arc<Payload>, versioned_hashes: &[B256]) -> Import {
        let hash = payload.block_hash;
        let invalid_parent = self.invalid.get(&payload.parent_hash);
        Import {
            versioned_hashes: versioned_hashes.len(),
            known: self.block(hash).cloned(),
            invalid: self.invalid.get(&hash).cloned(),
            invalid_parent: invalid_parent.map(|(_, latest_valid_hash)| *latest_valid_hash),
            validation: self.validation(payload),
        }
    }

    /// Keeps the block, or the verdict against it, and answers `engine_newPayloadV3`. A verdict is
    /// final: the same payload gets the same verdict.
    pub fn conclude(&mut self, imported: Imported) -> PayloadVerdict {
        match imported.0 {
            Outcome::Executed(block) => PayloadVerdict::Valid(self.insert(*block)),
            Outcome::Known(block) => PayloadVerdict::Valid(block),
            Outcome::Refused(hash, reason, latest_valid_hash) => {
                self.invalid
                    .remember(hash, reason.clone(), latest_valid_hash);
                PayloadVerdict::Invalid {
                    reason,
                    latest_valid_hash,
                }
            }
            Outcome::NotRemembered(reason, latest_valid_hash) => PayloadVerdict::Invalid {
                reason,
                latest_valid_hash,
            },
            Outcome::Syncing => PayloadVerdict::Syncing,
        }
    }
}

/// The last verdicts against payloads, by block hash, with the last valid block before each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    by_hash: BTreeMap<B256, (Invalid, Option<B256>)>,
    order: VecDeque<B256>,
}

impl Verdicts {
    pub(crate) fn get(&self, hash: &B256) -> Option<&(Invalid, Option<B256>)> {
        self.by_hash.get(hash)
    }

    fn remember(&mut self, hash: B256, reason: Invalid, latest_valid_hash: Option<B256>) {
        if self
            .by_hash
            .insert(hash, (reason, latest_valid_hash))
            .is_none()
        {
            self.order.push_back(hash);
        }
        if self.order.len() > REMEMBERED_INVALID
            && let Some(forgotten) = self.order.pop_front()
        {
            self.by_hash.remove(&forgotten);
        }
    }
}
