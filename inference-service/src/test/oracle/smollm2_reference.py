#!/usr/bin/env python3
"""Writes the greedy continuations that inference-service's SmolLM2 test expects.

A plain fp32 forward pass in numpy, written apart from the Java code: weights are widened by the gguf package's own
dequantization, no KV cache, no batching. Prompts are tokenized by llama.cpp (a llama-server with the same file, as URL), so
that nothing of Weighbridge takes part.

    pip install numpy gguf
    smollm2_reference.py SmolLM2-135M-Instruct.Q4_1.gguf http://127.0.0.1:PORT > smollm2-greedy.json
"""
import json
import sys
import urllib.request

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

QUESTIONS = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "Name three colors.",
    "What is 2 plus 2?",
    "Explain photosynthesis in simple words.",
    "Give me a Python function that adds two numbers.",
]
TOKENS = 24
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def main(path, url):
    reader = GGUFReader(path)
    w = {t.name: dequantize(t.data, t.tensor_type).astype(np.float32) for t in reader.tensors}
    key = {k: f.contents() for k, f in reader.fields.items() if k.startswith("llama.")}
    cases = []
    for question in QUESTIONS:
        prompt = (f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
                  "<|im_start|>assistant\n")
        ids = tokenize(url, prompt)
        out = []
        margin = np.inf
        while len(out) < TOKENS:
            logits = forward(w, key, np.array(ids + out))
            best = np.sort(logits)[-2:]
            margin = min(margin, float(best[1] - best[0]))
            out.append(int(np.argmax(logits)))
            if out[-1] == 2:
                break
        cases.append({"question": question, "prompt": prompt, "promptTokenIds": ids, "greedyTokenIds": out,
                      "smallestMargin": round(margin, 5)})
    json.dump({"numpy": np.__version__, "cases": cases}, sys.stdout, indent=1)
    print()


def tokenize(url, text):
    body = json.dumps({"content": text, "parse_special": True, "add_special": False}).encode()
    request = urllib.request.Request(url + "/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["tokens"]


def norm(x, weight, eps):
    return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + np.float32(eps)) * weight


def forward(w, key, ids):
    heads, kv_heads = key["llama.attention.head_count"], key["llama.attention.head_count_kv"]
    eps = key["llama.attention.layer_norm_rms_epsilon"]
    n, hidden = len(ids), key["llama.embedding_length"]
    dim = hidden // heads
    angle = np.arange(n)[:, None] * key["llama.rope.freq_base"] ** (-np.arange(0, dim, 2) / dim)
    cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    mask = np.triu(np.full((n, n), -np.inf, np.float32), 1)

    def rotate(x):  # (n, heads, dim), pairs (2i, 2i + 1)
        even, odd = x[..., 0::2], x[..., 1::2]
        y = np.empty_like(x)
        y[..., 0::2] = even * cos[:, None] - odd * sin[:, None]
        y[..., 1::2] = even * sin[:, None] + odd * cos[:, None]
        return y

    x = w["token_embd.weight"][ids]
    for i in range(key["llama.block_count"]):
        p = f"blk.{i}."
        h = norm(x, w[p + "attn_norm.weight"], eps)
        q = rotate((h @ w[p + "attn_q.weight"].T).reshape(n, heads, dim))
        k = rotate((h @ w[p + "attn_k.weight"].T).reshape(n, kv_heads, dim))
        v = (h @ w[p + "attn_v.weight"].T).reshape(n, kv_heads, dim)
        out = np.empty((n, heads, dim), np.float32)
        for head in range(heads):
            kv = head // (heads // kv_heads)
            scores = q[:, head] @ k[:, kv].T / np.float32(np.sqrt(dim)) + mask
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            out[:, head] = (scores / scores.sum(-1, keepdims=True)) @ v[:, kv]
        x = x + out.reshape(n, hidden) @ w[p + "attn_output.weight"].T
        h = norm(x, w[p + "ffn_norm.weight"], eps)
        gate, up = h @ w[p + "ffn_gate.weight"].T, h @ w[p + "ffn_up.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * up) @ w[p + "ffn_down.weight"].T
    return norm(x[-1], w["output_norm.weight"], eps) @ w["token_embd.weight"].T


if __name__ == "__main__":
    main(*sys.argv[1:])
