//! What crosses the wire.

use super::Decision;

pub(super) const DECISIONS: &[Decision] = &[
    Decision::new(
        "transport",
        "How do the calls travel?",
        "As JSON-RPC 2.0 over HTTP POST.",
        "Methods, params, results and errors are what the sections of the methods are made of.",
    ),
    Decision::new(
        "params-form",
        "Are the parameters positional or named (89 to 94)?",
        "Positional: [payload, signature] and [transaction]. An object is refused with -32602.",
        "They are numbered in the text, and the Engine API is positional.",
    ),
    Decision::new(
        "payload-version",
        "executionPayload is an ExecutionPayloadV2 (77), and is to be validated as by \
         engine_newPayloadV3 (108).",
        "V2 goes out, V2 and V3 are accepted. blobGasUsed and excessBlobGas mean 0 if absent, and \
         make the payload invalid if they are anything else. parentBeaconBlockRoot is the request's, \
         the versioned hashes are [], and the block hash is always recomputed.",
        "0 is the only legal value of both on an Ecotone chain, so that V2 loses nothing.",
    )
    .or(&["literal-v2", "ecotone-v3", "isthmus-v4 (not yet)"]),
    Decision::new(
        "signature-preimage",
        "The signature is over the payload (94): over which bytes?",
        "keccak256(domain ‖ chainId as 32 bytes ‖ keccak256(rlp([blockNumber, parentHash, pubKey, \
         gasLimit, parentBeaconBlockRoot]))), where domain is 31 zero bytes and 0x01.",
        "It is the scheme of the one public implementation of this lineage, and the chain id keeps \
         a signature from being replayed on another chain.",
    )
    .or(&["another scheme: the signing function is a part of the node"]),
    Decision::new(
        "signature-form",
        "How is a signature written?",
        "As 65 bytes r ‖ s ‖ v with v of 0 or 1; 27 and 28 are accepted. r and s must be in range, \
         and s in the lower half.",
        "One signature has one form, except for the two habits of writing v.",
    ),
    Decision::new(
        "request-pubkey",
        "Whose key is pubKey of PayloadRequestV1 (70)?",
        "The signer's: the sequencer's address. A builder answers if the recovered address, pubKey \
         and the sequencer that it is configured for are the same; without one configured, it does \
         not start.",
        "A check that is not configured is a hole.",
    ),
    Decision::new(
        "response-unsigned",
        "The response carries no signature: what does its pubKey prove?",
        "It must equal the registered key, as written (107), and proves nothing. Reports say so.",
        "Anyone can write a key that is public: validation is the only defence.",
    ),
    Decision::new(
        "nothing-to-give",
        "What does a builder answer that has no job for the request?",
        "Error -32001, never null and never an older block. A block of nothing but deposits is a \
         block. Other errors are -32000 (server), -32005 (signature) and -32602 (params).",
        "An error tells the sequencer at once what null or an older block would tell it late.",
    ),
    Decision::new(
        "json-strictness",
        "What of odd JSON?",
        "Unknown members are ignored. Duplicate members, trailing data, an id that is not the \
         request's, and a result beside an error are refused. A request's id is a string, a whole \
         number of any size or null, and comes back as it was written; any other is an invalid \
         request. A call without an id is carried out and not answered.",
        "Two readers must not see two messages in the same bytes.",
    ),
    Decision::new(
        "body-limit",
        "How large may a message be?",
        "A response 16 MiB and a request 10 MiB; what is larger is refused while it is read.",
        "A limit that is checked after reading does not limit anything.",
    ),
    Decision::new(
        "engine-authentication",
        "Who may call the builder's engine methods?",
        "Whoever shows a token that is signed with the shared secret: a JWT of HS256, issued within \
         60 seconds of now, as for every Engine API. A batch with one such call needs it as a whole. \
         builder_* needs only the signature.",
        "An open engine port let a stranger stop both nodes.",
    ),
];
