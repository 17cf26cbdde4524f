//! Whoever interrupts a devnet: once, and it is judged; twice, and it ends at once.

use std::future::pending;
use std::io;
use std::process;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::cli::signals::Signals;
use crate::suite::Exit;

/// Waits for Ctrl-C. At the second one the process ends, whatever it does: a thread of its own waits
/// for it, which nothing keeps busy.
///
/// # Errors
///
/// The operating system gives no thread, or takes no handler.
pub(in crate::cli) fn interrupted() -> io::Result<impl Future<Output = ()>> {
    let (tell, told) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _entered = runtime.enter();
        Signals::listen()?
    };
    thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                signals.next().await;
                let _ended_already = tell.send(());
                signals.next().await;
            });
            process::exit(Exit::Interrupted.code().into())
        })?;
    Ok(async {
        if told.await.is_err() {
            pending().await
        }
    })
}
