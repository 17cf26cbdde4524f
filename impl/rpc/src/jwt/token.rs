//! Making and checking a token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::{JwtSecret, MAX_TOKEN_AGE_SECS};

/// Why a request is not let in; the texts are those of the best known execution client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no `authorization` header with a bearer's token.
    #[error("missing token")]
    Missing,
    /// It is no token.
    #[error("malformed token")]
    Malformed,
    /// It is not signed with HS256.
    #[error("the token's algorithm is not HS256")]
    Algorithm,
    /// It is signed with another secret.
    #[error("signature is invalid")]
    Signature,
    /// It does not say when it was issued.
    #[error("missing issued-at")]
    NoIssuedAt,
    /// It is over 60 seconds old.
    #[error("stale token")]
    Stale,
    /// It is from over 60 seconds ahead.
    #[error("future token")]
    Future,
    /// It has an end of its own, which is over.
    #[error("token is expired")]
    Expired,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Times are seconds since 1970, which may have a fraction.
#[derive(Deserialize)]
struct Claims {
    iat: Option<f64>,
    exp: Option<f64>,
}

/// Makes a token that was issued at a time.
pub(super) fn make(secret: &JwtSecret, issued_at: u64) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"iat":{issued_at}}}"#));
    let signed = format!("{header}.{claims}");
    let signature = mac(secret, &signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Judges a token at a time.
pub(super) fn check(secret: &JwtSecret, token: &str, now: u64) -> Result<(), TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    if read::<Header>(header)?.alg != "HS256" {
        return Err(TokenError::Algorithm);
    }
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| TokenError::Malformed)?;
    // In constant time.
    mac(secret, signed)
        .verify_slice(&signature)
        .map_err(|_| TokenError::Signature)?;
    let claims = read::<Claims>(claims)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 are exact in a double for longer than clocks are"
    )]
    let (now, max_age) = (now as f64, MAX_TOKEN_AGE_SECS as f64);
    let issued_at = claims.iat.ok_or(TokenError::NoIssuedAt)?;
    if now - issued_at > max_age {
        return Err(TokenError::Stale);
    }
    if issued_at - now > max_age {
        return Err(TokenError::Future);
    }
    if claims.exp.is_some_and(|end| end <= now) {
        return Err(TokenError::Expired);
    }
    Ok(())
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenError> {
    let json = BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
}

fn mac(secret: &JwtSecret, signed: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn secret() -> JwtSecret {
        JwtSecret::new([7; 32])
    }

    /// A token of any header and claims, signed with the secret.
    fn signed(header: &str, claims: &str) -> String {
        let signed = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
        let signed = signed.join(".");
        let signature = mac(&secret(), &signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn a_token_is_good_for_60_seconds_either_way() {
        let at = |issued_at| check(&secret(), &make(&secret(), issued_at), NOW);
        assert_eq!(at(NOW - 61), Err(TokenError::Stale));
        assert_eq!(at(NOW - 60), Ok(()));
        assert_eq!(at(NOW), Ok(()));
        assert_eq!(at(NOW + 60), Ok(()));
        assert_eq!(at(NOW + 61), Err(TokenError::Future));
        assert_eq!(at(0), Err(TokenError::Stale));
        assert_eq!(at(u64::MAX), Err(TokenError::Future));
    }

    /// The signature was computed with another implementation of HMAC.
    #[test]
    fn a_token_is_what_others_make() {
        assert_eq!(
            make(&secret(), NOW),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE4MDAwMDAwMDB9.\
             ltU5EQNjJMO2A2cJ1c1ajqNIP6x2jphyq2iK93kNAwE"
        );
    }

    #[test]
    fn everything_else_is_refused_for_what_it_is() {
        let hs256 = r#"{"alg":"HS256"}"#;
        let iat = format!(r#"{{"iat":{NOW}}}"#);
        for (token, expected) in [
            (signed(hs256, &iat), Ok(())),
            (
                signed(hs256, &format!(r#"{{"iat":{NOW}.5,"id":"op"}}"#)),
                Ok(()),
            ),
            (
                signed(hs256, &format!(r#"{{"iat":{NOW},"exp":{}}}"#, NOW + 1)),
                Ok(()),
            ),
            (
                signed(hs256, &format!(r#"{{"iat":{NOW},"exp":{NOW}}}"#)),
                Err(TokenError::Expired),
            ),
            (signed(hs256, "{}"), Err(TokenError::NoIssuedAt)),
            (
                signed(hs256, r#"{"iat":"now"}"#),
                Err(TokenError::Malformed),
            ),
            (
                signed(r#"{"alg":"none"}"#, &iat),
                Err(TokenError::Algorithm),
            ),
            (
                signed(r#"{"alg":"HS512"}"#, &iat),
                Err(TokenError::Algorithm),
            ),
            (signed("{}", &iat), Err(TokenError::Malformed)),
            (
                make(&JwtSecret::new([8; 32]), NOW),
                Err(TokenError::Signature),
            ),
            (
                format!("{}A", make(&secret(), NOW)),
                Err(TokenError::Signature),
            ),
            (
                format!("{}=", make(&secret(), NOW)),
                Err(TokenError::Malformed),
            ),
            ("a.b".to_owned(), Err(TokenError::Malformed)),
            ("a".to_owned(), Err(TokenError::Malformed)),
            (".".to_owned(), Err(TokenError::Malformed)),
            ("..".to_owned(), Err(TokenError::Malformed)),
        ] {
            assert_eq!(check(&secret(), &token, NOW), expected, "{token}");
        }
    }
}
