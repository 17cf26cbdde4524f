"""Makes the hashes and roots of a devnet's first blocks again, of nothing but what its API shows."""

import sys

import rlp
from eth_hash.auto import keccak
from web3 import HTTPProvider

URL, LAST = sys.argv[1], int(sys.argv[2])
PROVIDER = HTTPProvider(URL)


def rpc(method, *params):
    reply = PROVIDER.make_request(method, list(params))
    assert "error" not in reply, reply
    return reply["result"]


def data(text):
    return bytes.fromhex((text or "0x")[2:])


def number(text):
    return int(text or "0x0", 16)


def access_list(items):
    return [[data(item["address"]), [data(key) for key in item["storageKeys"]]] for item in items]


def transaction(tx):
    kind = number(tx["type"])
    body = [number(tx["gas"]), data(tx["to"]), number(tx["value"]), data(tx["input"])]
    signature = [number(tx["r"]), number(tx["s"])]
    if kind == 0x7E:
        gas, to, value, call = body
        is_system = 1 if tx.get("isSystemTx") else 0
        fields = [data(tx["sourceHash"]), data(tx["from"]), to, number(tx.get("mint")), value]
        return b"\x7e" + rlp.encode(fields + [gas, is_system, call])
    if kind == 0:
        fields = [number(tx["nonce"]), number(tx["gasPrice"])]
        return rlp.encode(fields + body + [number(tx["v"])] + signature)
    fees = ["gasPrice"] if kind == 1 else ["maxPriorityFeePerGas", "maxFeePerGas"]
    fields = [number(tx["chainId"]), number(tx["nonce"])] + [number(tx[fee]) for fee in fees]
    fields += body + [access_list(tx["accessList"]), number(tx["yParity"])]
    return bytes([kind]) + rlp.encode(fields + signature)


def bloom(logs):
    bits = 0
    for log in logs:
        for entry in [log["address"], *log["topics"]]:
            digest = keccak(data(entry))
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


def receipt(of):
    kind = number(of["type"])
    logs = [
        [data(log["address"]), [data(topic) for topic in log["topics"]], data(log["data"])]
        for log in of["logs"]
    ]
    made = bloom(of["logs"])
    assert made == data(of["logsBloom"]), of
    fields = [number(of["status"]), number(of["cumulativeGasUsed"]), made, logs]
    if kind == 0x7E:
        fields += [number(of["depositNonce"]), number(of["depositReceiptVersion"])]
    return (bytes([kind]) if kind else b"") + rlp.encode(fields)


def compact(nibbles, is_leaf):
    flag = 2 * is_leaf + len(nibbles) % 2
    padded = [flag] + ([] if len(nibbles) % 2 else [0]) + nibbles
    return bytes(16 * high + low for high, low in zip(padded[::2], padded[1::2]))


def node(items):
    """The node of a trie with these items, lists of nibbles and values, as RLP takes it."""
    if not items:
        return b""
    if len(items) == 1:
        return [compact(items[0][0], True), items[0][1]]
    first, last = items[0][0], items[-1][0]
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    if shared:
        below = node([(path[shared:], value) for path, value in items])
        return [compact(first[:shared], False), reference(below)]
    children = [[] for _ in range(16)]
    ends = b""
    for path, value in items:
        if path:
            children[path[0]].append((path[1:], value))
        else:
            ends = value
    return [reference(node(child)) for child in children] + [ends]


def reference(below):
    encoded = rlp.encode(below)
    return below if len(encoded) < 32 else keccak(encoded)


def root(values):
    items = []
    for index, value in enumerate(values):
        key = rlp.encode(index)
        items.append(([nibble for byte in key for nibble in (byte >> 4, byte & 15)], value))
    return keccak(rlp.encode(node(sorted(items))))


def header(block):
    return rlp.encode([
        data(block["parentHash"]), data(block["sha3Uncles"]), data(block["miner"]),
        data(block["stateRoot"]), data(block["transactionsRoot"]), data(block["receiptsRoot"]),
        data(block["logsBloom"]), number(block["difficulty"]), number(block["number"]),
        number(block["gasLimit"]), number(block["gasUsed"]), number(block["timestamp"]),
        data(block["extraData"]), data(block["mixHash"]), data(block["nonce"]),
        number(block["baseFeePerGas"]), data(block["withdrawalsRoot"]),
        number(block["blobGasUsed"]), number(block["excessBlobGas"]),
        data(block["parentBeaconBlockRoot"]),
    ])


def check(at, parent):
    block = rpc("eth_getBlockByNumber", hex(at), True)
    assert keccak(header(block)) == data(block["hash"]), block
    assert data(block["parentHash"]) == parent, block
    encoded = [transaction(tx) for tx in block["transactions"]]
    hashes = [data(tx["hash"]) for tx in block["transactions"]]
    assert [keccak(tx) for tx in encoded] == hashes, block
    assert root(encoded) == data(block["transactionsRoot"]), block
    receipts = rpc("eth_getBlockReceipts", hex(at))
    assert [data(of["transactionHash"]) for of in receipts] == hashes, block
    assert root([receipt(of) for of in receipts]) == data(block["receiptsRoot"]), block
    logs = [log for of in receipts for log in of["logs"]]
    assert bloom(logs) == data(block["logsBloom"]), block
    assert [number(log["logIndex"]) for log in logs] == list(range(len(logs))), block
    assert rpc("eth_getLogs", {"blockHash": block["hash"]}) == logs, block
    return data(block["hash"]), len(hashes)


while number(rpc("eth_blockNumber")) < LAST:
    pass
parent, transactions = data(rpc("eth_getBlockByNumber", "0x0", False)["hash"]), 0
for at in range(1, LAST + 1):
    parent, more = check(at, parent)
    transactions += more
print(f"hashes and roots of {LAST} blocks, {transactions} transactions: the same")
