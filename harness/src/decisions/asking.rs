//! When the builder is asked, for how long, and on which head.

use super::Decision;

pub(super) const DECISIONS: &[Decision] = &[
    Decision::new(
        "call-or-must",
        "The request mechanism MUST be triggered (49), and client software MAY call (106).",
        "A request is made in every slot in which both builderPubkey and builderUrl are set, and \
         none in any other.",
        "MAY speaks of when the call is allowed, MUST of what the driver does when it is.",
    ),
    Decision::new(
        "no-tx-pool",
        "What if the payload attributes say noTxPool?",
        "The builder is not asked; a payload with more than the forced transactions is rejected.",
        "The attributes fix the whole block: there is nothing to ask for.",
    ),
    Decision::new(
        "head-feed",
        "How does the builder learn the head, and what the request lacks: timestamp, prevRandao, \
         feeRecipient, deposits?",
        "engine_forkchoiceUpdatedV3 with the attributes and engine_newPayloadV3 for each canonical \
         block go to the builder's engine URL, which is builderUrl unless configured. A request \
         selects the job by parentHash and blockNumber. An update that is lost is not sent again.",
        "A fork choice update is what the overview names (41). A lost one costs that slot's builder \
         block and nothing more, because the local block stands. Public variants use a peer-to-peer \
         network or a stream of attributes.",
    ),
    Decision::new(
        "job-restart",
        "What if the builder gets the same attributes twice?",
        "Attributes that are equal by value do not restart the job. Others for the same block are \
         another job beside it, and the request selects the last one that agrees with it.",
        "A comparison by identity once restarted the job over and over.",
    ),
    Decision::new(
        "restart-at-genesis",
        "What does a builder know that died and is back?",
        "Its genesis. When it answers SYNCING, the sequencer hands it the blocks that it lacks, \
         as far back as its bound allows.",
        "The worst case covers the others: a builder that kept its chain needs fewer blocks.",
    )
    .unmarked("it is how a node is made: the constructor takes a genesis and nothing else"),
    Decision::new(
        "timeout-scope",
        "What do the 200 ms cover (95, 120)?",
        "One attempt, from before the connection is made to the last byte of the body. Validation \
         has a budget of its own.",
        "The sequencer waits for all of that. A timeout that ended at the headers once let a slow \
         body stall a chain.",
    ),
    Decision::new(
        "timeout-tie",
        "Is a reply at exactly 200 ms in time?",
        "A reply is in time if and only if it is complete strictly before 200 ms.",
        "Callers MUST wait the timeout before they abort, so 199 ms is in time and 201 ms is not; \
         one side of the boundary must have the tie.",
    ),
    Decision::new(
        "late-reply",
        "What becomes of a reply after the deadline?",
        "It is never used, neither in its slot nor in a later one.",
        "The sequencer has moved on (97), and the payload is for a head that is none any more.",
    )
    .unmarked("nothing carries it out: what is left of an abandoned request is dropped unread"),
    Decision::new(
        "head-change",
        "What if the head changes while a request is in flight?",
        "The reply is judged against what its request was sent with. If the head is not the \
         requested parent any more, the local block stands, and the builder is not asked again.",
        "There is one request a slot (96), and a payload is for one parent.",
    ),
    Decision::new(
        "request-after-reorg",
        "What if the head is replaced after the slot's request time, and no request was sent in the \
         slot?",
        "None is sent. There is at most one request a slot, and the local block stands on the new \
         head.",
        "A request that begins later could not end before the slot's deadline (95, 97).",
    ),
    Decision::new(
        "late-registration",
        "When is a builder told and asked that is registered within a slot?",
        "It is told of the head at once, by a fork choice update without attributes and by the \
         blocks that it lacks, and asked from the next slot on. The builder of a slot is the one \
         that was registered when the slot began; one that is unset before the request's time is \
         not asked.",
        "A slot's mechanism is triggered by its fork choice update (49), which the builder has not \
         had. Attributes of a slot in which it is not asked would start a job for nobody; the next \
         slot's update brings that slot's.",
    ),
    Decision::new(
        "builder-change",
        "Which key is the registered one (107) if it changes while a request is in flight?",
        "A reply must carry the key that its request was sent with, and that key must still be the \
         registered one; otherwise the local block stands.",
        "Line 107 says registered, and a key is changed for a reason.",
    ),
];
