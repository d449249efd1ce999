"""Writes beams/transformers.json: what Hugging Face transformers finds with generate(num_beams=...) in the golden checkpoints.

Usage: beams.py GOLDEN_FOLDER > src/test/resources/beams/transformers.json
"""

import json
import random
import sys

import torch
from transformers import AutoModelForCausalLM

PROMPT_TOKENS = 6
FOLDERS = ["llama3", "gpt2"]
CASES = 24


def search(model, prompt, case):
    """All completions of one search, each with its score; end tokens are left out."""
    with torch.no_grad():
        out = model.generate(
            torch.tensor([prompt]),
            num_beams=case["width"],
            num_return_sequences=case["n"],
            do_sample=False,
            max_new_tokens=case["max_tokens"],
            min_new_tokens=case["min_tokens"] or None,
            length_penalty=case["length_penalty"],
            early_stopping=case["early_stopping"],
            repetition_penalty=case["repetition_penalty"],
            eos_token_id=case["ends"] or None,
            pad_token_id=0,
            return_dict_in_generate=True,
            output_scores=True,
        )
    found = []
    for row, indices, score in zip(out.sequences.tolist(), out.beam_indices.tolist(), out.sequences_scores.tolist()):
        length = sum(index >= 0 for index in indices)
        tokens = row[len(prompt) : len(prompt) + length]
        ended = bool(tokens) and tokens[-1] in case["ends"]
        found.append({"tokens": tokens[:-1] if ended else tokens, "ended": ended, "score": score})
    return found


def main():
    rng = random.Random(7)
    cases = []
    for folder in FOLDERS:
        model = AutoModelForCausalLM.from_pretrained(f"{sys.argv[1]}/{folder}", dtype=torch.float32)
        model.generation_config.eos_token_id = None
        vocabulary = model.config.vocab_size
        for number in range(CASES):
            prompt = [rng.randrange(3, vocabulary) for _ in range(PROMPT_TOKENS)]
            width = rng.choice([2, 3, 4, 6])
            case = {
                "folder": folder,
                "prompt": prompt,
                "width": width,
                "n": rng.randint(1, width),
                "max_tokens": rng.randint(1, 14),
                "min_tokens": 0,
                "length_penalty": rng.choice([-1.0, 0.0, 0.5, 1.0, 2.0]),
                "early_stopping": rng.random() < 0.4,
                "repetition_penalty": rng.choice([1.0, 1.0, 1.3]),
                "ends": [],
            }
            if number % 4:
                # Random weights seldom end by themselves: what a free search writes becomes an end.
                free = search(model, prompt, {**case, "max_tokens": 14, "n": width})
                written = sorted({token for one in free for token in one["tokens"]})
                case["ends"] = rng.sample(written, min(len(written), rng.randint(1, 3)))
                case["min_tokens"] = rng.choice([0, 0, 2]) if case["max_tokens"] > 2 else 0
            case["found"] = search(model, prompt, case)
            cases.append(case)
    json.dump(cases, sys.stdout, separators=(",", ":"))


main()
