#!/usr/bin/env python3
"""How far Weighbridge and llama.cpp are from a GGUF file's own values.

The reference computes with the file's dequantized weights in plain float64 (Llama and Gemma 3 only). For each position of some texts: the
Kullback-Leibler divergence of each program's distribution from the reference's, and whether the most probable token is the same. Then
greedy completions of some prompts by all three. Prints one JSON object; exits 1 if Weighbridge is further away than llama.cpp.

    benchmarks/kl_vs_llama_cpp.py FILE.gguf [--numerics stored] [--tokens 24]

Needs the Python packages gguf, numpy and llama-cpp-python, and ./weighbridge built (or another launcher in $WEIGHBRIDGE).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
from llama_cpp import Llama

TEXTS = [
    "The weighbridge at the northern gate had been out of order since the frost. Lorries queued along the quarry road, their drivers "
    "leaning against warm bonnets and arguing about who had been first. When the clerk finally opened the shutter she had a pencil, a "
    "ledger and no patience at all. She wrote down every number plate, asked for the weight on the last certificate, and let nobody "
    "through whose papers disagreed with what stood on the tyres. By noon the queue had halved, and nobody could say that it was unfair.",
    "To measure how much a quantized model has lost, compare its distribution over the next token with that of the model before "
    "quantization. A single number such as perplexity hides errors that cancel out; the divergence between the two distributions does "
    "not. It is zero only if every probability is the same. In practice one collects the logits of a few hundred positions, takes the "
    "softmax of both, and averages. Anything that rounds intermediate results adds to it, even if the weights are untouched.",
    "def median(values):\n    ordered = sorted(values)\n    middle = len(ordered) // 2\n    if len(ordered) % 2 == 1:\n        return "
    "ordered[middle]\n    return (ordered[middle - 1] + ordered[middle]) / 2\n\n\nassert median([3, 1, 2]) == 2\nassert median([4, 1, 3, 2]) == 2.5\n",
]
PROMPTS = [
    "The capital of France is",
    "Once upon a time there was a miller who",
    "Water boils at a temperature of",
    "The three most important things about bread are",
    "In 1969, astronauts landed on",
    "A good friend is someone who",
]


def rms(x, weight, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight


def rotated(x, base, interleaved, scale=1.0):
    """x (tokens, heads, dimension), positions from 0."""
    n, _, d = x.shape
    angle = np.outer(np.arange(n), base ** (-np.arange(0, d, 2) / d) / scale)[:, None, :]
    cos, sin = np.cos(angle), np.sin(angle)
    out = np.empty_like(x)
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., : d // 2], x[..., d // 2 :])
    first, second = a * cos - b * sin, b * cos + a * sin
    if interleaved:
        out[..., 0::2], out[..., 1::2] = first, second
    else:
        out[..., : d // 2], out[..., d // 2 :] = first, second
    return out


class Reference:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.tensors = {t.name: t for t in reader.tensors}
        self.cache = {}
        fields = reader.fields
        self.arch = fields["general.architecture"].contents()
        if self.arch not in ("llama", "gemma3"):
            sys.exit(f"the reference computes llama and gemma3, not {self.arch}")

        def key(name, default=None):
            field = fields.get(f"{self.arch}.{name}")
            return default if field is None else field.contents()

        self.layers = key("block_count")
        self.heads = key("attention.head_count")
        self.kv_heads = key("attention.head_count_kv", self.heads)
        self.hidden = key("embedding_length")
        self.dim = key("attention.key_length", self.hidden // self.heads)
        self.eps = key("attention.layer_norm_rms_epsilon")
        self.base = key("rope.freq_base", 10000.0)
        self.window = key("attention.sliding_window", 0)

    def w(self, name):
        if name not in self.cache:
            t = self.tensors[name]
            self.cache[name] = gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64)
        return self.cache[name]

    def logits(self, ids):
        n, gemma = len(ids), self.arch == "gemma3"
        embedding = self.w("token_embd.weight")
        x = embedding[ids] * (np.float64(np.sqrt(self.hidden)) if gemma else 1)
        at = np.arange(n)
        causal = at[None, :] <= at[:, None]
        for layer in range(self.layers):
            p = f"blk.{layer}."
            local = gemma and (layer + 1) % 6 != 0
            mask = causal & (at[:, None] - at[None, :] < self.window) if local and self.window else causal
            h = rms(x, self.w(p + "attn_norm.weight"), self.eps)
            q, k, v = (
                (h @ self.w(p + f"attn_{part}.weight").T).reshape(n, -1, self.dim) for part in "qkv"
            )
            if gemma:
                q = rms(q, self.w(p + "attn_q_norm.weight"), self.eps)
                k = rms(k, self.w(p + "attn_k_norm.weight"), self.eps)
            base = 10000.0 if local else self.base
            q, k = rotated(q, base, not gemma), rotated(k, base, not gemma)
            group = self.heads // self.kv_heads
            k, v = k.repeat(group, 1), v.repeat(group, 1)
            scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(self.dim)
            scores = np.where(mask, scores, -np.inf)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            a = np.einsum("hqk,khd->qhd", weights, v).reshape(n, -1) @ self.w(p + "attn_output.weight").T
            if gemma:
                a = rms(a, self.w(p + "post_attention_norm.weight"), self.eps)
            x = x + a
            h = rms(x, self.w(p + "ffn_norm.weight"), self.eps)
            gate, up = h @ self.w(p + "ffn_gate.weight").T, h @ self.w(p + "ffn_up.weight").T
            if gemma:
                gate = gate / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (gate + 0.044715 * gate**3)))
            else:
                gate = gate / (1 + np.exp(-gate))
            f = (gate * up) @ self.w(p + "ffn_down.weight").T
            if gemma:
                f = rms(f, self.w(p + "post_ffw_norm.weight"), self.eps)
            x = x + f
        x = rms(x, self.w("output_norm.weight"), self.eps)
        head = self.w("output.weight") if "output.weight" in self.tensors else embedding
        return x @ head.T

    def greedy(self, ids, count):
        ids = list(ids)
        for _ in range(count):
            ids.append(int(self.logits(ids)[-1].argmax()))
        return ids[-count:]


def log_softmax(logits):
    logits = logits.astype(np.float64)
    logits = logits - logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def divergences(reference, other):
    p, q = log_softmax(reference), log_softmax(other)
    return (np.exp(p) * (p - q)).sum(-1), p.argmax(-1) == q.argmax(-1)


def weighbridge(model, numerics, sequences, generate):
    """Logits of every position and greedy tokens of each sequence."""
    root = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "logits.f32"
        ids_file = pathlib.Path(folder) / "ids"
        ids_file.write_text("\n".join(" ".join(map(str, ids)) for ids in sequences))
        command = [os.environ.get("WEIGHBRIDGE", root / "weighbridge"), "logits", model, "--numerics", numerics, "--generate", str(generate)]
        command += ["--input", ids_file, "--output", out]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        greedy = [list(map(int, line.split())) for line in printed.strip().split("\n") if line[:1].isdigit()]
        flat = np.fromfile(out, dtype="<f4")
    rows = flat.reshape(sum(map(len, sequences)), -1)
    return np.split(rows, np.cumsum([len(ids) for ids in sequences])[:-1]), greedy


def main():
    options = argparse.ArgumentParser()
    options.add_argument("model")
    options.add_argument("--numerics", default="stored")
    options.add_argument("--tokens", type=int, default=24, help="length of the greedy completions")
    options = options.parse_args()
    peer = Llama(options.model, n_ctx=1024, n_batch=512, n_threads=2, logits_all=True, verbose=False)
    texts = [peer.tokenize(text.encode()) for text in TEXTS]
    prompts = [peer.tokenize(prompt.encode()) for prompt in PROMPTS]
    reference = Reference(options.model)
    ours, ours_greedy = weighbridge(options.model, options.numerics, texts + prompts, options.tokens)
    kl, same = {"weighbridge": [], "llama_cpp": []}, {"weighbridge": [], "llama_cpp": []}
    for index, ids in enumerate(texts):
        expected = reference.logits(ids)
        peer.reset()
        peer.eval(ids)
        for name, rows in (("weighbridge", ours[index]), ("llama_cpp", np.array(peer.scores[: len(ids)]))):
            k, s = divergences(expected, rows)
            kl[name].append(k)
            same[name].append(s)
    equal = {"weighbridge": 0, "llama_cpp": 0}
    for index, ids in enumerate(prompts):
        expected = reference.greedy(ids, options.tokens)
        peer.reset()
        theirs = []
        for token in peer.generate(ids, temp=0.0, repeat_penalty=1.0):
            theirs.append(token)
            if len(theirs) == options.tokens:
                break
        equal["weighbridge"] += expected == ours_greedy[len(texts) + index]
        equal["llama_cpp"] += expected == theirs
    result = {"model": pathlib.Path(options.model).name, "numerics": options.numerics, "positions": sum(map(len, texts))}
    for name in kl:
        result[name] = {
            "kl_mean": float(np.concatenate(kl[name]).mean()),
            "kl_max": float(np.concatenate(kl[name]).max()),
            "same_top_token": float(np.concatenate(same[name]).mean()),
            "greedy_equal": f"{equal[name]} of {len(prompts)}",
        }
    print(json.dumps(result))
    return 0 if result["weighbridge"]["kl_mean"] <= result["llama_cpp"]["kl_mean"] else 1


if __name__ == "__main__":
    sys.exit(main())
