//! The parts that mutants have in place of the honest ones.
//!
//! | module | what belongs there |
//! |---|---|
//! | `admission` | how payloads are judged |
//! | `ask` | how payload requests are made and sent |
//! | `derive` | what is made of what L1 says |
//! | `forward` | how transactions are forwarded |
//! | `produce` | how the two ways to a block are run |
//! | `publish` | when and how often blocks leave the sequencer |
//! | `payloads` | what is made of false payloads |
//! | `door` | what users are served |
//! | `engine` | what is made of a local engine that does not do what it is asked |
//! | `growth` | what is left behind |
//! | `builder` | the builder's parts |
//! | `lenient` | readings of replies that let through what is written wrongly |
//! | `messenger` | who alters on its way what the sequencer sends, or the answers |
//! | `porter` | who alters at the builder's door what it hears or says |

pub(super) mod admission;
pub(super) mod ask;
pub(super) mod builder;
pub(super) mod derive;
pub(super) mod door;
pub(super) mod engine;
pub(super) mod forward;
pub(super) mod growth;
pub(super) mod lenient;
pub(super) mod messenger;
pub(super) mod payloads;
pub(super) mod porter;
pub(super) mod produce;
pub(super) mod publish;
