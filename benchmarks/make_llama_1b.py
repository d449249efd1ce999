#!/usr/bin/env python3
"""Writes a GGUF file with random Q4_0 weights in the shape of Llama 3.2 1B, for measuring speed and memory only.

Everything follows from the seed: two runs write the same bytes. The weights mean nothing, but their size does not
explode or vanish over the layers, so kernels see ordinary numbers. The vocabulary is made of bytes and pairs of bytes
(49152 pieces, not Llama's 128256, which keeps the file near 606 MB). Needs numpy and the gguf package.

usage: make_llama_1b.py OUTPUT.gguf [--layers 16] [--seed 1]
"""
import argparse
import os

import gguf
import numpy as np

HIDDEN, FEED_FORWARD, HEADS, KV_HEADS, VOCABULARY, CONTEXT = 2048, 8192, 32, 8, 49152, 8192
BLOCK, BLOCK_BYTES = 32, 18
SPECIAL = ["<|begin|>", "<|end|>", "<|pad|>"]


def byte_letters():
    """The letter that stands for each byte in byte-level BPE: itself where printable, else one from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters, extra = {}, 0
    for byte in range(256):
        if byte in printable:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(256 + extra)
            extra += 1
    return [letters[byte] for byte in range(256)]


def pieces():
    """Special tokens, then bytes, then pairs of bytes until the vocabulary is full; each pair is one merge."""
    letters = byte_letters()
    # Letters and the space first, so that ordinary text really uses the pairs.
    ordinary = [letters[b] for b in range(256) if chr(b).isascii() and (chr(b).isalnum() or chr(b) == " ")]
    order = ordinary + [letter for letter in letters if letter not in ordinary]
    tokens, merges = SPECIAL + letters, []
    for first in order:
        for second in order:
            if len(tokens) == VOCABULARY:
                return tokens, merges
            tokens.append(first + second)
            merges.append(f"{first} {second}")
    raise AssertionError("the vocabulary is larger than all pairs of bytes")


def q4_0(random, rows, columns):
    """Random Q4_0 blocks whose values have a variance of about 1 / columns, as a matrix fresh from training has."""
    blocks = rows * columns // BLOCK
    raw = np.empty((blocks, BLOCK_BYTES), dtype=np.uint8)
    # A nibble less eight has a standard deviation of 4.61.
    scale = random.uniform(0.8, 1.2, blocks) / (4.61 * columns**0.5)
    raw[:, :2] = scale.astype(np.float16).view(np.uint8).reshape(blocks, 2)
    raw[:, 2:] = random.integers(0, 256, (blocks, BLOCK_BYTES - 2), dtype=np.uint8)
    return raw.reshape(rows, columns // BLOCK * BLOCK_BYTES)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--layers", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    partial = options.output + ".part"
    writer = gguf.GGUFWriter(partial, "llama", use_temp_file=True)
    writer.add_name("Random weights in the shape of Llama 3.2 1B")
    writer.add_license("cc0-1.0")
    writer.add_block_count(options.layers)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000.0)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    tokens, merges = pieces()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL] * len(SPECIAL) + [gguf.TokenType.NORMAL] * (VOCABULARY - len(SPECIAL)))
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(True)

    def matrix(name, rows, columns):
        writer.add_tensor(name, q4_0(random, rows, columns), raw_dtype=gguf.GGMLQuantizationType.Q4_0)

    def norm(name):
        writer.add_tensor(name, np.ones(HIDDEN, dtype=np.float32))

    matrix("token_embd.weight", VOCABULARY, HIDDEN)
    for layer in range(options.layers):
        norm(f"blk.{layer}.attn_norm.weight")
        matrix(f"blk.{layer}.attn_q.weight", HIDDEN, HIDDEN)
        matrix(f"blk.{layer}.attn_k.weight", HIDDEN // HEADS * KV_HEADS, HIDDEN)
        matrix(f"blk.{layer}.attn_v.weight", HIDDEN // HEADS * KV_HEADS, HIDDEN)
        matrix(f"blk.{layer}.attn_output.weight", HIDDEN, HIDDEN)
        norm(f"blk.{layer}.ffn_norm.weight")
        matrix(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, HIDDEN)
        matrix(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, HIDDEN)
        matrix(f"blk.{layer}.ffn_down.weight", HIDDEN, FEED_FORWARD)
    norm("output_norm.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, options.output)
    print(f"{options.output}: {os.path.getsize(options.output) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
