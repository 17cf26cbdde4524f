//! An `http` URL as an [`Endpoint`].

use std::fmt;
use std::str::FromStr;

use http::Uri;

use crate::io::Endpoint;

/// The port of an `http` URL that names none.
const DEFAULT_PORT: u16 = 80;

/// Why a URL names no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The text is not a URL.
    #[error("not a URL: {0}")]
    NotAUrl(#[from] http::uri::InvalidUri),
    /// The URL does not begin with a scheme.
    #[error("the URL has no scheme, expected http://host:port/")]
    NoScheme,
    /// The scheme is `https`.
    #[error("https is not supported, put a proxy in front or use http")]
    Https,
    /// The scheme is something else.
    #[error("scheme {0} is not supported, expected http")]
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

    /// Reads `http://host[:port][/path]`; an IPv6 host stands in brackets.
    ///
    /// # Errors
    ///
    /// [`EndpointError`], one variant per cause.
    fn from_str(url: &str) -> Result<Self, EndpointError> {
        let uri: Uri = url.trim().parse()?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(EndpointError::Https),
            Some(other) => return Err(EndpointError::Scheme(other.to_owned())),
            None => return Err(EndpointError::NoScheme),
        }
        let authority = uri.authority().ok_or(EndpointError::NoScheme)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        let host = authority.host();
        let port = match authority.as_str()[host.len()..].strip_prefix(':') {
            None => DEFAULT_PORT,
            Some(digits) => match digits.parse() {
                Ok(0) | Err(_) => return Err(EndpointError::Port),
                Ok(port) => port,
            },
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port,
            path: path.to_owned(),
        })
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
        write!(f, "http://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str, port: u16, path: &str) -> Endpoint {
        Endpoint {
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        }
    }

    #[test]
    fn reads_every_form_of_an_http_url() {
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
        ];
        for (url, expected) in cases {
            assert_eq!(url.parse::<Endpoint>().unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn names_what_is_wrong_with_a_url() {
        let cases = [
            (
                "https://builder",
                "https is not supported, put a proxy in front or use http",
            ),
            ("ws://builder", "scheme ws is not supported, expected http"),
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
        let url = "http://[::1]:8545/rpc";
        assert_eq!(url.parse::<Endpoint>().unwrap().to_string(), url);
    }
}
