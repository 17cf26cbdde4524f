"""Sends, waits and reads back as a script with web3.py does, and as cast does."""

import json
import sys
import urllib.request

from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError

URL, KEY = sys.argv[1:]
SOMEBODY = "0x00000000000000000000000000000000000000ab"


def with_web3():
    w3 = Web3(HTTPProvider(URL))
    account = w3.eth.account.from_key(KEY)
    chain_id = w3.eth.chain_id

    def send(**members):
        nonce = w3.eth.get_transaction_count(account.address, "pending")
        call = {"from": account.address, "chainId": chain_id, "nonce": nonce, **members}
        call["gas"] = w3.eth.estimate_gas(call)
        signed = account.sign_transaction(call)
        return w3.eth.send_raw_transaction(signed.raw_transaction)

    def wait(sent):
        return w3.eth.wait_for_transaction_receipt(sent, timeout=30, poll_latency=0.1)

    tip = w3.eth.max_priority_fee
    latest = w3.eth.get_block("latest")
    dynamic = {"maxFeePerGas": 2 * latest.baseFeePerGas + tip, "maxPriorityFeePerGas": tip}
    priced = {"gasPrice": w3.eth.gas_price * 2}
    to = Web3.to_checksum_address(SOMEBODY)
    for kind, fees in [(2, dynamic), (0, priced), (1, {**priced, "accessList": []})]:
        sent = send(to=to, value=7, **fees)
        receipt = wait(sent)
        assert receipt.status == 1 and receipt.type == kind, receipt
        assert w3.eth.get_transaction(sent).blockHash == receipt.blockHash
        block = w3.eth.get_block(receipt.blockNumber, full_transactions=True)
        assert block.transactions[receipt.transactionIndex].hash == sent
    assert w3.eth.get_balance(to) >= 21

    first, second = send(to=to, value=1, **dynamic), send(to=to, value=1, **dynamic)
    assert first != second and wait(first).status == wait(second).status == 1

    with open("contract.json") as file:
        contract = json.load(file)
    deployed = wait(send(data=contract["bytecode"], **dynamic))
    contract = w3.eth.contract(deployed.contractAddress, abi=contract["abi"])
    assert w3.eth.get_code(contract.address)
    assert contract.functions.answer().call() == 42
    data = contract.encode_abi("answer")
    answered = wait(send(to=contract.address, data=data, **dynamic))
    (event,) = contract.events.Answered().process_receipt(answered)
    assert event.args.answer == 42
    (found,) = contract.events.Answered().get_logs(from_block=answered.blockNumber)
    assert found.logIndex == event.logIndex
    try:
        contract.functions.Error("not today").call()
    except ContractLogicError as error:
        assert "not today" in str(error), error
    else:
        raise AssertionError("a call that reverts returned")

    history = w3.eth.fee_history(4, "latest", [25, 75])
    assert len(history.baseFeePerGas) == len(history.gasUsedRatio) + 1
    assert w3.eth.get_storage_at(contract.address, 0) == bytes(32)
    assert w3.client_version.startswith("gauntlet/")
    assert w3.net.version == str(chain_id) and w3.is_connected() and not w3.eth.accounts


def rpc(method, *params):
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    request = urllib.request.Request(
        URL, json.dumps(call).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def as_cast():
    """The calls of `cast send`, `cast call` and their like, in the form of alloy's provider."""
    account = Web3().eth.account.from_key(KEY)
    sender, to = account.address.lower(), SOMEBODY.lower()
    chain_id = rpc("eth_chainId")["result"]
    nonce = rpc("eth_getTransactionCount", sender, "pending")["result"]
    history = rpc("eth_feeHistory", "0xa", "latest", [20.0])["result"]
    tip = max([int(row[0], 16) for row in history["reward"]] + [1])
    cap = 2 * int(history["baseFeePerGas"][-1], 16) + tip
    call = {
        "from": sender, "to": to, "value": "0x1", "input": "0x", "type": "0x2",
        "maxFeePerGas": hex(cap), "maxPriorityFeePerGas": hex(tip), "nonce": nonce,
        "chainId": chain_id, "accessList": [],
    }
    gas = rpc("eth_estimateGas", call, "pending")["result"]
    assert rpc("eth_call", {"to": to, "input": "0x"}, "latest")["result"] == "0x"
    signed = account.sign_transaction({
        "to": Web3.to_checksum_address(to), "value": 1, "gas": gas, "maxFeePerGas": cap,
        "maxPriorityFeePerGas": tip, "nonce": int(nonce, 16), "chainId": int(chain_id, 16),
    })
    sent = rpc("eth_sendRawTransaction", Web3.to_hex(signed.raw_transaction))["result"]
    while (receipt := rpc("eth_getTransactionReceipt", sent)["result"]) is None:
        assert rpc("eth_blockNumber")["result"]
        assert rpc("eth_getTransactionByHash", sent)["result"]["hash"] == sent
    assert receipt["status"] == "0x1"
    block = rpc("eth_getBlockByNumber", receipt["blockNumber"], False)["result"]
    assert sent in block["transactions"]
    assert rpc("eth_getBlockReceipts", receipt["blockNumber"])["result"]
    assert rpc("eth_syncing")["result"] is False
    error = rpc("eth_getBlockByNumber", "0x01", False)["error"]
    assert error["code"] == -32602, error


with_web3()
print("web3.py: sent, waited, deployed, called, found the logs")
as_cast()
print("cast's calls: sent, waited, read back")
