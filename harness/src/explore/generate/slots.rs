//! What happens in a slot.

use super::{Run, pick};
use crate::plan::{
    BuilderChange, BuilderSetting, Expectation, Fault, ForwardFailure, ForwardPlan, Malice, Reply,
    ReplyPlan, RequestPlan, SlotPlan,
};

impl Run<'_> {
    pub(super) fn slot(&self, number: u64, faults: &[Fault]) -> SlotPlan {
        let request = self.request(number);
        SlotPlan {
            reply: self.reply(number, request, faults),
            request,
            forward: self.forward(number),
            fork_choice_lost: self.happens(self.swarm.fork_choice, "fork-choice", number, 40),
            no_tx_pool: self.happens(self.swarm.attributes, "no-tx-pool", number, 25),
            user_deposits: self.user_deposits(number),
            head_replaced_at_ms: self.head_replaced_at_ms(number),
            builder_changes: self.builder_changes(number),
            expect: Expectation::default(),
        }
    }

    fn happens(&self, exists: bool, site: &str, slot: u64, percent: u64) -> bool {
        exists && self.keyed.chance(site, slot, 0, percent)
    }

    fn request(&self, slot: u64) -> RequestPlan {
        if !self.happens(self.swarm.request, "request", slot, 40) {
            return RequestPlan::Intact;
        }
        let kinds = [
            RequestPlan::Lost,
            RequestPlan::SignatureFlipped,
            RequestPlan::SignedByAnother,
            RequestPlan::SignedForAnotherChain,
            RequestPlan::UnknownParent,
        ];
        pick(self.keyed, "request/kind", slot, &kinds)
    }

    fn reply(&self, slot: u64, request: RequestPlan, faults: &[Fault]) -> ReplyPlan {
        if request == RequestPlan::Lost {
            return ReplyPlan::default();
        }
        let kind = if self.happens(self.swarm.failures, "failure", slot, 40) {
            self.failure(slot)
        } else if request == RequestPlan::Intact
            && self.happens(self.swarm.malice, "malice", slot, 50)
        {
            Reply::Malicious(self.malice(slot))
        } else {
            Reply::Honest
        };
        let is_timed = match kind {
            Reply::Honest
            | Reply::HttpStatus(_)
            | Reply::Error(_)
            | Reply::Garbage
            | Reply::Malicious(_) => !self.swarm.jitter && !self.is_dark(slot, faults),
            Reply::Never | Reply::Reset | Reply::Drip { .. } => false,
        };
        // A slow builder that begins anew on another head may have nothing in time.
        let begins_anew = self.swarm.slow_builder && self.head_replaced_at_ms(slot).is_some();
        let timed = is_timed && !begins_anew && self.happens(self.swarm.timing, "timing", slot, 60);
        ReplyPlan {
            kind,
            arrives_at_ms: timed.then(|| self.arrives_at_ms(slot)),
        }
    }

    /// Whether what is sent in a slot may be late because a link swallowed it at first.
    fn is_dark(&self, slot: u64, faults: &[Fault]) -> bool {
        let (begins_ms, ends_ms) = ((slot - 1) * self.block_time_ms, slot * self.block_time_ms);
        faults.iter().any(|fault| match fault {
            Fault::BlackHole {
                from_ms, until_ms, ..
            } => *from_ms < ends_ms && until_ms.is_none_or(|until_ms| until_ms > begins_ms),
            Fault::Dies { .. } => false,
        })
    }

    fn failure(&self, slot: u64) -> Reply {
        let draw = |n, range| self.keyed.between("failure/detail", slot, n, range);
        match draw(0, 0..=5) {
            0 => Reply::Never,
            1 => Reply::Reset,
            2 => {
                let statuses = [200, 204, 301, 400, 401, 404, 429, 500, 502, 503];
                Reply::HttpStatus(pick(self.keyed, "failure/status", slot, &statuses))
            }
            3 => {
                let codes = [-32700, -32602, -32601, -32000, -32001, -32005, -38001, 1];
                Reply::Error(pick(self.keyed, "failure/code", slot, &codes))
            }
            4 => Reply::Garbage,
            _ => Reply::Drip {
                bytes: draw(1, 1..=2000) as u32,
                every_ms: draw(2, 1..=1000),
            },
        }
    }

    fn malice(&self, slot: u64) -> Malice {
        let anywhere = [
            Malice::WrongPubkey,
            Malice::WrongStateRoot,
            Malice::ForgedDeposit,
            Malice::WrongFeeRecipient,
            Malice::SplicedBlockHash,
            Malice::WrongGasLimit,
            Malice::WrongTimestamp,
            Malice::WrongPrevRandao,
            Malice::WrongExtraData,
            Malice::WrongBeaconRoot,
            Malice::PayloadMissing,
        ];
        let later = [Malice::StaleParent, Malice::PreviousPayload];
        if slot > 1 && self.keyed.chance("malice/later", slot, 0, 20) {
            pick(self.keyed, "malice/later-kind", slot, &later)
        } else {
            pick(self.keyed, "malice/kind", slot, &anywhere)
        }
    }

    /// Mostly around the timeout, sometimes long after it: into the slots to come.
    fn arrives_at_ms(&self, slot: u64) -> u64 {
        let draw = |n, range| self.keyed.between("arrives", slot, n, range);
        let at_ms = match draw(0, 0..=9) {
            0..=4 => draw(1, 198..=202),
            5..=7 => draw(1, 1..=300),
            _ => draw(1, 201..=3 * self.block_time_ms),
        };
        // The builder computes no longer than a slot, so that this is within ten.
        at_ms.max(self.earliest_reply_ms)
    }

    fn forward(&self, slot: u64) -> ForwardPlan {
        if !self.happens(self.swarm.forward, "forward", slot, 50) {
            return ForwardPlan::default();
        }
        let failures = [
            ForwardFailure::Http503,
            ForwardFailure::Error,
            ForwardFailure::Status500,
            ForwardFailure::Never,
            ForwardFailure::Reset,
        ];
        ForwardPlan {
            fails: self.keyed.between("forward/fails", slot, 0, 1..=8) as u32,
            how: pick(self.keyed, "forward/how", slot, &failures),
        }
    }

    fn user_deposits(&self, slot: u64) -> u32 {
        if self.happens(self.swarm.attributes, "user-deposits", slot, 40) {
            self.keyed.between("user-deposits", slot, 1, 1..=3) as u32
        } else {
            0
        }
    }

    fn head_replaced_at_ms(&self, slot: u64) -> Option<u64> {
        let replaced = slot > 1 && self.happens(self.swarm.head, "head", slot, 40);
        // The local engine has to build anew on the new head.
        let latest_ms = self.block_time_ms - self.local_build_ms.max(1);
        replaced.then(|| self.keyed.between("head/at", slot, 0, 1..=latest_ms))
    }

    fn builder_changes(&self, slot: u64) -> Option<BuilderChange> {
        let settings = [
            BuilderSetting::Builder,
            BuilderSetting::AnotherKey,
            BuilderSetting::Unset,
        ];
        self.happens(self.swarm.tuple, "tuple", slot, 40)
            .then(|| BuilderChange {
                at_ms: self
                    .keyed
                    .between("tuple/at", slot, 0, 0..=self.block_time_ms - 1),
                to: pick(self.keyed, "tuple/to", slot, &settings),
            })
    }
}
