//! An `http` or `https` URL as an [`Endpoint`].

use std::fmt;
use std::str::FromStr;

use http::Uri;

use crate::io::{Endpoint, Scheme};

/// Why a URL names no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The text is not a URL.
    #[error("not a URL: {0}")]
    NotAUrl(#[from] http::uri::InvalidUri),
    /// The URL does not begin with a scheme.
    #[error("the URL has no scheme, expected http://host:port/")]
    NoScheme,
    /// The scheme is neither `http` nor `https`.
    #[error("scheme {0} is not supported, expected http or https")]
    Scheme(String),
    /// The URL carries a user name or a password.
    #[error("a user name or password in the URL is not supported")]
    Credentials,
    /// The port is 0, above 65535 or not a number.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `http://host[:port][/path]`, or the same with `https`; an IPv6 host stands in brackets.
    ///
    /// # Errors
    ///
    /// [`EndpointError`], one variant per cause.
    fn from_str(url: &str) -> Result<Self, EndpointError> {
        let uri: Uri = url.trim().parse()?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(other) => return Err(EndpointError::Scheme(other.to_owned())),
            None => return Err(EndpointError::NoScheme),
        };
        let authority = uri.authority().ok_or(EndpointError::NoScheme)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        let host = authority.host();
        let port = match authority.as_str()[host.len()..].strip_prefix(':') {
            None => scheme.default_port(),
            Some(digits) => match digits.parse() {
                Ok(0) | Err(_) => return Err(EndpointError::Port),
                Ok(port) => port,
            },
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            scheme,
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

impl Scheme {
    /// The scheme as URLs spell it.
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port of a URL that names none.
    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Endpoint {
    /// Host and port as the `host` header and a socket address spell them.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.name();
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str, port: u16, path: &str) -> Endpoint {
        Endpoint {
            scheme: Scheme::Http,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        }
    }

    fn over_tls(host: &str, port: u16, path: &str) -> Endpoint {
        Endpoint {
            scheme: Scheme::Https,
            ..endpoint(host, port, path)
        }
    }

    #[test]
    fn reads_every_form_of_a_url() {
        let cases = [
            ("http://builder", endpoint("builder", 80, "/")),
            ("http://builder/", endpoint("builder", 80, "/")),
            ("http://builder:8545", endpoint("builder", 8545, "/")),
            (
                "http://127.0.0.1:8545/rpc/",
                endpoint("127.0.0.1", 8545, "/rpc/"),
            ),
            (
                "http://[::1]:8545/rpc?key=1",
                endpoint("::1", 8545, "/rpc?key=1"),
            ),
            ("http://[::1]", endpoint("::1", 80, "/")),
            (" http://builder:1/a \n", endpoint("builder", 1, "/a")),
            ("https://builder", over_tls("builder", 443, "/")),
            ("HTTPS://builder:8545/a", over_tls("builder", 8545, "/a")),
            ("https://[::1]/", over_tls("::1", 443, "/")),
        ];
        for (url, expected) in cases {
            assert_eq!(url.parse::<Endpoint>().unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn names_what_is_wrong_with_a_url() {
        let cases = [
            (
                "ws://builder",
                "scheme ws is not supported, expected http or https",
            ),
            (
                "builder:8545",
                "the URL has no scheme, expected http://host:port/",
            ),
            ("/rpc", "the URL has no scheme, expected http://host:port/"),
            (
                "http://me:secret@builder",
                "a user name or password in the URL is not supported",
            ),
            (
                "http://builder:0",
                "the port is not a number from 1 to 65535",
            ),
            (
                "http://builder:65536",
                "the port is not a number from 1 to 65535",
            ),
            (
                "http://builder:",
                "the port is not a number from 1 to 65535",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(
                url.parse::<Endpoint>().unwrap_err().to_string(),
                expected,
                "{url}"
            );
        }
        assert!("http://".parse::<Endpoint>().is_err());
        assert!("http://a b".parse::<Endpoint>().is_err());
        assert!("".parse::<Endpoint>().is_err());
    }

    #[test]
    fn displays_as_the_url_it_was_read_from() {
        for url in ["http://[::1]:8545/rpc", "https://builder:443/"] {
            assert_eq!(url.parse::<Endpoint>().unwrap().to_string(), url);
        }
    }
}
