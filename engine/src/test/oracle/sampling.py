"""Writes src/test/resources/sampling/transformers.json: which tokens Hugging Face transformers keeps, and with which
probabilities, after its logits processors, for random logits and parameters. Run with transformers and torch installed."""

import json
import pathlib
import random

import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

random.seed(7)
torch.manual_seed(7)
cases = []
for number in range(60):
    size = random.choice([5, 17, 64])
    logits = torch.round(torch.randn(1, size) * 3 * 64) / 64  # exact in decimal notation
    params = {
        "temperature": random.choice([0.5, 0.7, 1.0, 1.5]),
        "top_k": random.choice([0, 0, 3, 10]),
        "top_p": random.choice([1.0, 1.0, 0.9, 0.5]),
        "min_p": random.choice([0.0, 0.0, 0.05, 0.3]),
        "typical_p": random.choice([1.0, 0.9, 0.5, 0.2]) if number % 2 else 1.0,
        "repetition_penalty": random.choice([1.0, 1.0, 1.3, 0.8]),
    }
    seen = [random.randrange(size) for _ in range(4)]
    scores = logits.clone().double()
    ids = torch.tensor([seen])
    if params["repetition_penalty"] != 1:
        scores = RepetitionPenaltyLogitsProcessor(params["repetition_penalty"])(ids, scores)
    scores = TemperatureLogitsWarper(params["temperature"])(ids, scores)
    if params["top_k"]:
        scores = TopKLogitsWarper(params["top_k"])(ids, scores)
    if params["top_p"] < 1:
        scores = TopPLogitsWarper(params["top_p"])(ids, scores)
    if params["min_p"] > 0:
        scores = MinPLogitsWarper(params["min_p"])(ids, scores)
    if params["typical_p"] < 1:
        scores = TypicalLogitsWarper(params["typical_p"])(ids, scores)
    probabilities = torch.softmax(scores, dim=-1)[0]
    cases.append({
        "logits": logits[0].tolist(),
        "seen": seen,
        **params,
        "probabilities": [round(p, 9) for p in probabilities.tolist()],
    })
out = pathlib.Path(__file__).parents[1] / "resources" / "sampling" / "transformers.json"
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(cases).replace("}, {", "},\n{") + "\n")
