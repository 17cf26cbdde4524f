//! A block as `eth_getBlockBy…` shows it, to users and to whoever comes back without a chain.

use alloy_consensus::BlockBody;
use alloy_primitives::U256;
use alloy_rpc_types_eth::{Block as RpcBlock, BlockTransactions, Header, Withdrawals};
use gauntlet_engine::Block;
use op_alloy_consensus::OpTxEnvelope;

/// A block with its transactions in this form.
#[must_use]
pub fn shown<T>(block: &Block, transactions: BlockTransactions<T>) -> RpcBlock<T> {
    let withdrawals = block
        .header()
        .withdrawals_root
        .map(|_| Withdrawals::default());
    let header = Header {
        hash: block.hash(),
        inner: block.header().clone(),
        total_difficulty: None,
        size: Some(size(block, withdrawals.clone())),
    };
    RpcBlock::new(header, transactions).with_withdrawals(withdrawals)
}

/// The hashes of a block's transactions.
#[must_use]
pub fn hashes<T>(block: &Block) -> BlockTransactions<T> {
    let all = block.transactions().iter();
    BlockTransactions::Hashes(all.map(|transaction| transaction.hash()).collect())
}

/// How many bytes the block has.
fn size(block: &Block, withdrawals: Option<Withdrawals>) -> U256 {
    let transactions = block.transactions().iter();
    let body = BlockBody::<OpTxEnvelope> {
        transactions: transactions
            .map(|transaction| transaction.envelope().clone())
            .collect(),
        ommers: Vec::new(),
        withdrawals,
    };
    U256::from(alloy_consensus::Block::rlp_length_for(
        block.header(),
        &body,
    ))
}
