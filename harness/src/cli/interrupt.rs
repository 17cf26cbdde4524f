//! Ctrl-C, for commands that have something to tell before they end.

use std::io::{self, Write};
use std::pin::pin;
use std::process;
use std::sync::mpsc;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::ctrl_c;

use crate::suite::{Exit, Halt};

/// From now on Ctrl-C asks a command to end, and a second one ends it at once.
///
/// Where signals cannot be listened to, Ctrl-C ends it at once as it does by default.
pub(super) fn halts(halt: Halt) {
    let Ok(runtime) = Builder::new_current_thread().enable_io().build() else {
        return;
    };
    let (listening, listens) = mpsc::channel();
    thread::spawn(move || {
        runtime.block_on(async {
            let mut first = pin!(ctrl_c());
            let early = futures::poll!(&mut first);
            drop(listening);
            let heard = match early {
                std::task::Poll::Ready(heard) => heard,
                std::task::Poll::Pending => first.await,
            };
            if heard.is_ok() {
                halt.request();
                let told = "ending: what has begun is finished; Ctrl-C again ends at once";
                // There is nobody to tell that it cannot be written.
                let _lost = writeln!(io::stderr(), "\n{told}");
                if ctrl_c().await.is_ok() {
                    process::exit(Exit::Interrupted.code().into());
                }
            }
        });
    });
    // Nothing is sent: it ends when somebody listens, or nobody will.
    let _listens: Result<(), _> = listens.recv();
}
