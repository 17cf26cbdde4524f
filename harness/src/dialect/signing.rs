//! What is signed for a payload request, and who signed it, told without the nodes. DECISIONS:
//! signature-preimage, signature-form.

use alloy_consensus::crypto::secp256k1::recover_signer;
use alloy_primitives::{Address, B256, Signature, U256, keccak256};

use super::strict::Wanted;

/// The domain of requests to builders: 31 zero bytes, then 0x01.
const DOMAIN: B256 = B256::with_last_byte(1);

/// What is signed for a request on a chain: `keccak256(domain ‖ chainId as 32 bytes ‖
/// keccak256(rlp([blockNumber, parentHash, pubKey, gasLimit, parentBeaconBlockRoot])))`.
#[must_use]
pub fn digest(chain_id: u64, request: &Wanted) -> B256 {
    let fields: [&[u8]; 5] = [
        &request.number.to_be_bytes_trimmed_vec(),
        request.parent.as_slice(),
        request.pubkey.as_slice(),
        &request.gas_limit.to_be_bytes_trimmed_vec(),
        request.root.as_slice(),
    ];
    digest_of(chain_id, &fields)
}

fn digest_of(chain_id: u64, fields: &[&[u8]]) -> B256 {
    let mut items = Vec::new();
    for field in fields {
        rlp_string(&mut items, field);
    }
    let mut list = Vec::new();
    rlp_header(&mut list, 0xc0, items.len());
    list.extend(items);
    let chain_id = U256::from(chain_id).to_be_bytes::<32>();
    keccak256([&DOMAIN[..], &chain_id, keccak256(list).as_slice()].concat())
}

/// Who signed a request, if its signature is one: 65 bytes, v of 0, 1, 27 or 28, a low s.
#[must_use]
pub fn signer(chain_id: u64, request: &Wanted) -> Option<Address> {
    let [rs @ .., v] = &request.signature[..] else {
        return None;
    };
    let is_odd = match v {
        0 | 27 => false,
        1 | 28 => true,
        _ => return None,
    };
    let (r, s) = rs.split_at_checked(32).filter(|(_, s)| s.len() == 32)?;
    let signature = Signature::new(U256::from_be_slice(r), U256::from_be_slice(s), is_odd);
    if signature.normalize_s().is_some() {
        return None;
    }
    recover_signer(&signature, digest(chain_id, request)).ok()
}

fn rlp_string(to: &mut Vec<u8>, bytes: &[u8]) {
    match bytes {
        [byte] if *byte < 0x80 => to.push(*byte),
        _ => {
            rlp_header(to, 0x80, bytes.len());
            to.extend(bytes);
        }
    }
}

fn rlp_header(to: &mut Vec<u8>, of: u8, length: usize) {
    let length_bytes = U256::from(length).to_be_bytes_trimmed_vec();
    if length < 56 {
        to.push(of + length_bytes.first().copied().unwrap_or_default());
    } else {
        to.push(of + 55 + length_bytes.len() as u8);
        to.extend(length_bytes);
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, hex};

    use super::*;

    /// The published test of another builder, whose message has nine members.
    #[test]
    fn the_known_answer_is_given() {
        let signer = address!("0xc64498fa4661ac5ecd8c9915e232f57eb020ca00");
        let parent = hex!("0203000000000000000000000000000000000000000000000000000000000000");
        let block = hex!("5fc0137650b887cdb47ae6426d5e0e368e315a2ad3f93df80a8d14f8e1ce239a");
        let recipient = hex!("abcf8e0d4e9587369b2301d0790347320302cc00");
        let gas_limit = U256::from(29_028_319).to_be_bytes_trimmed_vec();
        let signature = hex!(
            "72ce97e705ecbe69effb11ae63791fd45f058e5766be52ad6704516d5a984ebf"
            "00a22d8661201e21968fbf285700d6ab93accfe54acf2dfc4c52edc190a54fdb"
        );
        let fields: [&[u8]; 9] = [
            &[25],
            &parent,
            &block,
            signer.as_slice(),
            signer.as_slice(),
            &recipient,
            &gas_limit,
            &[100],
            &[10],
        ];
        let signature = Signature::from_bytes_and_parity(&signature, false);
        let recovered = recover_signer(&signature, digest_of(1, &fields));
        assert_eq!(recovered.ok(), Some(signer));
    }
}
