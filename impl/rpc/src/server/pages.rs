//! What a server shows to those who only look: pages, and whether a browser's page may call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};

/// Pages by their path, such as `/healthz` and `/metrics`; each is made when it is looked at, by
/// whoever asks: no token is needed.
#[derive(Clone, Default)]
pub struct Pages(BTreeMap<String, Arc<MakePage>>);

type MakePage = dyn Fn() -> Page + Send + Sync;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The text.
    pub text: String,
}

impl Pages {
    /// Adds a page at a path, which must not wait to be made.
    #[must_use]
    pub fn with(
        mut self,
        path: impl Into<String>,
        make: impl Fn() -> Page + Send + Sync + 'static,
    ) -> Self {
        self.0.insert(path.into(), Arc::new(make));
        self
    }

    /// Makes the page at a path, if there is one.
    pub(super) fn make(&self, path: &str) -> Option<Page> {
        self.0.get(path).map(|make| make())
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Whether pages of other origins may call from a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cors {
    /// No.
    #[default]
    Off,
    /// Pages of any origin may.
    AnyOrigin,
}

impl Cors {
    /// Says so to the browser, in the headers of every reply.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        match self {
            Self::Off => {}
            Self::AnyOrigin => {
                let any = HeaderValue::from_static("*");
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
            }
        }
    }

    /// Says what may be sent, in the reply to a browser that asks first.
    pub(super) fn tell_before(headers: &mut HeaderMap) {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
