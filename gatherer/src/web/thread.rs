//! The thread that serves.

use std::io;
use std::sync::Arc;

use statsgrid_wire::Clock;
use statsgrid_wire::daemon::web::Server;
use tokio::sync::watch;

use super::View;
use super::site::Pages;
use crate::round::Plan;

/// Serves what `views` show on a thread of its own, until their other end is dropped.
pub(crate) fn start(
    server: Server,
    views: watch::Receiver<Arc<View>>,
    plan: &Plan,
    clock: Arc<dyn Clock>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pages = Arc::new(Pages::of(views.clone(), plan.interval, clock));
    std::thread::Builder::new().name("web".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                Err(error) = server.serve(pages.clone()) => tracing::error!("pages are not served: {error}"),
                () = remember(&pages, views) => {}
            }
        });
        // What is still being made for a reader is nobody's any more.
        runtime.shutdown_background();
    })?;
    Ok(())
}

/// Puts each round into the history, until there are no more.
async fn remember(pages: &Arc<Pages>, mut views: watch::Receiver<Arc<View>>) {
    let mut last = views.borrow_and_update().clone();
    while views.changed().await.is_ok() {
        let view = views.borrow_and_update().clone();
        let (pages, before, now) = (pages.clone(), last, view.clone());
        // A large fleet's takes a while, and readers are answered meanwhile.
        let _ = tokio::task::spawn_blocking(move || pages.remember(&before, &now)).await;
        last = view;
    }
}
