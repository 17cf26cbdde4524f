//! Tokens of the Engine API (execution-apis, authentication), told without the nodes: JWT of HS256,
//! with the time of issue. DECISION: engine-authentication.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The secret that sequencer and builder share in a run that has one.
pub const ENGINE_SECRET: [u8; 32] = [0x5e; 32];

/// How far a token's time of issue may be from the clock, in seconds.
const MAX_AGE_SECS: u64 = 60;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Makes a token of claims, under the name of an algorithm.
#[must_use]
pub fn token(secret: &[u8; 32], algorithm: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT" });
    let [header, claims] = [header, claims.clone()].map(|part| base64(part.to_string().as_bytes()));
    signed(secret, &header, &claims)
}

/// Makes a token of header and claims as they are written.
#[must_use]
pub fn signed(secret: &[u8; 32], header: &str, claims: &str) -> String {
    let signed = format!("{header}.{claims}");
    let signature = base64(&mac(secret, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Whether the value of an `authorization` header lets somebody in at a time, in seconds.
#[must_use]
pub fn lets_in(secret: &[u8; 32], authorization: &str, now: u64) -> bool {
    let parts = || {
        let token = authorization.strip_prefix("Bearer ")?;
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Value>(&decode(part)?).ok();
        let is_signed = decode(signature)? == mac(secret, signed.as_bytes());
        let is_known = read(header)?["alg"] == "HS256";
        let claims = read(claims)?;
        let is_current = claims["iat"].as_u64()?.abs_diff(now) <= MAX_AGE_SECS;
        let is_over = claims["exp"].as_u64().is_some_and(|end| end <= now);
        Some(is_signed && is_known && is_current && !is_over)
    };
    parts().unwrap_or(false)
}

/// HMAC of SHA-256 (RFC 2104).
fn mac(secret: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |with: u8| {
        let mut block = [with; 64];
        for (byte, of) in block.iter_mut().zip(secret) {
            *byte ^= of;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

/// Base64 of URLs, without padding (RFC 4648).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default());
        }
        for at in 0..=chunk.len() {
            let digit = bits >> (18 - 6 * at) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in text.bytes() {
        let value = ALPHABET.iter().position(|of| *of == digit)?;
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for length in 0..10 {
            let bytes = vec![0xfb; length];
            assert_eq!(decode(&base64(&bytes)), Some(bytes));
        }
        assert_eq!(base64(b"\xfb\xff\xfe"), "-__-");
        let bearer =
            |secret, algorithm, claims| format!("Bearer {}", token(secret, algorithm, &claims));
        let secret = &ENGINE_SECRET;
        let good = bearer(secret, "HS256", json!({ "iat": 1000 }));
        for (now, held) in [(939, false), (940, true), (1060, true), (1061, false)] {
            assert_eq!(lets_in(secret, &good, now), held, "{now}");
        }
        assert!(!lets_in(
            secret,
            &bearer(&[1; 32], "HS256", json!({ "iat": 1000 })),
            1000
        ));
        assert!(!lets_in(
            secret,
            &bearer(secret, "none", json!({ "iat": 1000 })),
            1000
        ));
        assert!(!lets_in(secret, &bearer(secret, "HS256", json!({})), 1000));
        let over = json!({ "iat": 1000, "exp": 1000 });
        assert!(!lets_in(secret, &bearer(secret, "HS256", over), 1000));
        assert!(!lets_in(secret, &good["Bearer ".len()..], 1000));
    }

    /// RFC 4231, the second test case: a key of four bytes is one that zeros follow.
    #[test]
    fn the_mac_is_the_known_one() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let made = mac(&key, b"what do ya want for nothing?");
        assert_eq!(alloy_primitives::hex::encode(made), known);
    }
}
