"""Writes the tiny cross-encoders of src/test/resources/classifiers: seeded checkpoints with a classifier's head, with the values that Hugging
Face transformers computes for pairs in float32 (golden.safetensors: input_ids, attention_mask, token_type_ids of a padded batch, and
values after the activation that sentence-transformers would take), and what the tokenizers library makes of pairs of texts that are cut
"longest first" (pairs.json).

    python engine/src/test/oracle/classifiers.py engine/src/test/resources/classifiers

Written with torch 2.7.1, transformers 5.24.0, tokenizers as transformers brings it.
"""

import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file

from encoders import SEED, dump, word_pieces

LENGTHS = [(1, 2), (2, 9), (5, 5), (3, 18), (12, 4)]
COMMON = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=20, vocab_size=120, max_position_embeddings=32,
              hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
PAIRS = [
    ("ship", "the ship is on the water"), ("the load of a bridge", "he weighed the stone and she was on the bridge"), ("", "water"),
    ("weigh the load and the stone and the light of the ship, the bridge and the water!", "a ship"),
    ("a ship", "weigh the load and the stone and the light of the ship, the bridge and the water!"),
    ("the ship the ship the ship", "the ship the ship the ship the ship"),
    ("stone and light and stone and light and stone and light", "bridge and load and bridge and load and bridge and load"),
]


def cases():
    t = transformers
    yield "bert-cross", t.BertConfig(**COMMON, num_labels=1), t.BertForSequenceClassification, torch.sigmoid, True
    yield ("xlm-roberta-labels", t.XLMRobertaConfig(**{**COMMON, "max_position_embeddings": 34, "type_vocab_size": 1, "pad_token_id": 1},
           num_labels=3, id2label={0: "contradiction", 1: "entailment", 2: "neutral"}, label2id={"contradiction": 0, "entailment": 1, "neutral": 2}),
           t.XLMRobertaForSequenceClassification, lambda x: x, False)
    yield ("distilbert-cross", t.DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=20, vocab_size=120, max_position_embeddings=32,
           dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0, num_labels=1,
           sbert_ce_default_activation_function="torch.nn.modules.linear.Identity"), t.DistilBertForSequenceClassification, lambda x: x, False)
    yield ("mpnet-labels", t.MPNetConfig(**{**COMMON, "max_position_embeddings": 34}, num_labels=2,
           sentence_transformers={"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "5.0"}),
           t.MPNetForSequenceClassification, torch.sigmoid, False)


def write(folder, name, config, architecture, activation, texts):
    torch.manual_seed(SEED)
    model = architecture(config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.normal_(0, 0.3)
            if "norm" in key.lower() and key.endswith("weight"):
                parameter.add_(1)
    folder = os.path.join(folder, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model.save_pretrained(folder)
    width = max(a + b for a, b in LENGTHS)
    ids = torch.full((len(LENGTHS), width), config.pad_token_id)
    mask = torch.zeros_like(ids)
    types = torch.zeros_like(ids)
    for row, (first, second) in enumerate(LENGTHS):
        ids[row, :first + second] = torch.randint(5, 120, (first + second,))
        mask[row, :first + second] = 1
        types[row, first:first + second] = 1 if config.model_type == "bert" else 0
    with torch.no_grad():
        typed = {"token_type_ids": types} if config.model_type == "bert" else {}
        values = activation(model(input_ids=ids, attention_mask=mask, **typed).logits)
    save_file({"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "values": values.contiguous()},
              os.path.join(folder, "golden.safetensors"))
    if texts:
        tokenizer = word_pieces()
        tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
        pairs = []
        for query, document in PAIRS:
            for length in (32, 20, 11, 6):
                tokenizer.enable_truncation(length, strategy="longest_first")
                encoding = tokenizer.encode(query, document)
                pairs.append({"query": query, "document": document, "length": length, "ids": encoding.ids, "types": encoding.type_ids})
        dump(folder, "pairs.json", pairs)
    dump(folder, "meta.json", {"family": config.model_type, "torch": torch.__version__, "transformers": transformers.__version__, "seed": SEED})


if __name__ == "__main__":
    for case in cases():
        write(sys.argv[1], *case)
