// Sends, waits and reads back as an application with viem or ethers does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import {
  createPublicClient, createWalletClient, decodeEventLog, defineChain, formatTransactionReceipt, http,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [url, viemKey, ethersKey] = process.argv.slice(2);
const { abi, bytecode } = JSON.parse(readFileSync("contract.json", "utf8"));
const SOMEBODY = "0x00000000000000000000000000000000000000aa";

async function withViem() {
  const transport = http(url);
  const id = await createPublicClient({ transport }).getChainId();
  const chain = defineChain({
    id,
    name: "gauntlet",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
  const account = privateKeyToAccount(viemKey);
  const reader = createPublicClient({ chain, transport, pollingInterval: 100 });
  const wallet = createWalletClient({ account, chain, transport });
  const wait = (hash) => reader.waitForTransactionReceipt({ hash, timeout: 30_000 });

  const before = await reader.getBalance({ address: SOMEBODY });
  for (const [type, options] of [
    ["eip1559", {}],
    ["legacy", { type: "legacy" }],
    ["eip2930", { type: "eip2930", accessList: [{ address: SOMEBODY, storageKeys: [] }] }],
  ]) {
    const hash = await wallet.sendTransaction({ to: SOMEBODY, value: 7n, ...options });
    const receipt = await wait(hash);
    assert.equal(receipt.status, "success");
    assert.equal(receipt.type, type);
    const transaction = await reader.getTransaction({ hash });
    assert.equal(transaction.blockHash, receipt.blockHash);
    assert.equal(transaction.value, 7n);
    const block = await reader.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
    assert.equal(block.transactions[receipt.transactionIndex].hash, hash);
  }
  assert.equal(await reader.getBalance({ address: SOMEBODY }), before + 21n);

  const first = await wallet.sendTransaction({ to: SOMEBODY, value: 1n });
  const second = await wallet.sendTransaction({ to: SOMEBODY, value: 1n });
  const receipts = await Promise.all([wait(first), wait(second)]);
  assert.deepEqual(receipts.map(({ status }) => status), ["success", "success"]);

  const { contractAddress: address } = await wait(await wallet.deployContract({ abi, bytecode }));
  assert.ok((await reader.getCode({ address })).length > 2);
  const { result, request } = await reader.simulateContract({
    account, address, abi, functionName: "answer",
  });
  assert.equal(result, 42n);
  const answered = await wait(await wallet.writeContract(request));
  const event = decodeEventLog({ abi, ...answered.logs[0] });
  assert.deepEqual(event.args, { answer: 42n });
  const logs = await reader.getContractEvents({ address, abi, fromBlock: answered.blockNumber });
  assert.equal(logs.length, 1);
  assert.equal(logs[0].logIndex, answered.logs[0].logIndex);
  await assert.rejects(
    reader.simulateContract({ account, address, abi, functionName: "Error", args: ["not today"] }),
    (error) => error.message.includes("not today"),
  );

  assert.equal(await reader.estimateGas({ account, to: SOMEBODY, value: 1n }), 21_000n);
  const history = await reader.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] });
  assert.ok(history.reward.every((row) => row.length === 2));
  const fees = await reader.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas);
  for (const blockTag of ["safe", "finalized", "earliest", "pending"]) {
    assert.ok((await reader.getBlock({ blockTag })).hash);
  }
  const raw = await reader.request({ method: "eth_getTransactionReceipt", params: [first] });
  assert.equal(formatTransactionReceipt(raw).transactionHash, first);
  assert.ok(BigInt(raw.l1Fee) >= 0n && BigInt(raw.l1BaseFeeScalar) > 0n);
}

async function withEthers() {
  // Otherwise it answers from a cache for 250 ms, with the same nonce for the second of two sends.
  const options = { pollingInterval: 100, cacheTimeout: -1 };
  const provider = new JsonRpcProvider(url, undefined, options);
  const wallet = new Wallet(ethersKey, provider);
  const to = SOMEBODY;

  for (const options of [{}, { type: 0 }, { type: 1, accessList: [] }]) {
    const sent = await wallet.sendTransaction({ to, value: 7n, ...options });
    const receipt = await sent.wait(1, 30_000);
    assert.equal(receipt.status, 1);
    assert.equal(receipt.type, options.type ?? 2);
    const found = await provider.getTransaction(sent.hash);
    assert.equal(found.blockHash, receipt.blockHash);
    assert.equal(receipt.fee, receipt.gasUsed * receipt.gasPrice);
    const block = await provider.getBlock(receipt.blockNumber, true);
    assert.equal(block.prefetchedTransactions[receipt.index].hash, sent.hash);
  }

  const first = await wallet.sendTransaction({ to, value: 1n });
  const second = await wallet.sendTransaction({ to, value: 1n });
  assert.equal(second.nonce, first.nonce + 1);
  await Promise.all([first.wait(1, 30_000), second.wait(1, 30_000)]);

  const deployed = await new ContractFactory(abi, bytecode, wallet).deploy();
  await deployed.waitForDeployment();
  const contract = new Contract(await deployed.getAddress(), abi, wallet);
  assert.equal(await contract.answer.staticCall(), 42n);
  const answered = await (await contract.answer()).wait(1, 30_000);
  const event = contract.interface.parseLog(answered.logs[0]);
  assert.equal(event.args.answer, 42n);
  const events = await contract.queryFilter("Answered", answered.blockNumber, "latest");
  assert.equal(events.length, 1);
  await assert.rejects(
    contract.getFunction("Error").staticCall("not today"),
    (error) => error.code === "CALL_EXCEPTION" && error.reason === "not today",
  );

  assert.equal(await provider.estimateGas({ from: wallet.address, to, value: 1n }), 21_000n);
  const fees = await provider.getFeeData();
  assert.ok(fees.maxFeePerGas > 0n && fees.gasPrice > 0n && fees.maxPriorityFeePerGas > 0n);
  const history = await provider.send("eth_feeHistory", ["0x4", "latest", [50]]);
  assert.ok(history.baseFeePerGas.length > 1);
  const then = await provider.getBalance(wallet.address, 0);
  assert.ok(then > (await provider.getBalance(wallet.address)));
  await assert.rejects(
    wallet.sendTransaction({ to, value: then * 2n, gasLimit: 21_000n }),
    (error) => error.code === "INSUFFICIENT_FUNDS",
  );
  provider.destroy();
}

await withViem();
console.log("viem: sent, waited, deployed, called, found the logs");
await withEthers();
console.log("ethers: sent, waited, deployed, called, found the logs");
