"""Writes the tiny encoders of src/test/resources/encoders: seeded checkpoints in the layout of sentence-transformers, with the
embeddings that Hugging Face transformers computes for them in float32 (golden.safetensors: input_ids and attention_mask of a padded
batch, embeddings). Pooling and what follows it are computed here, as sentence-transformers documents them.

    python engine/src/test/oracle/encoders.py engine/src/test/resources/encoders

Written with torch 2.7.1, transformers 5.24.0, tokenizers as transformers brings it.
"""

import json
import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SEED = 11
LENGTHS = [1, 2, 3, 7, 7, 12, 19, 28]

COMMON = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, vocab_size=120,
              max_position_embeddings=40, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def cases():
    t = transformers
    yield "bert-mean", t.BertConfig(**COMMON), t.BertModel, ["mean"], [("Normalize", {})], {"max_seq_length": 32}
    yield ("bert-cls-dense", t.BertConfig(**{**COMMON, "hidden_act": "gelu_new", "layer_norm_eps": 1e-5}), t.BertModel, ["cls"],
           [("Dense", {"out": 10, "activation": "Tanh"}), ("Normalize", {})], {"max_seq_length": None})
    yield ("roberta-weighted", t.RobertaConfig(**{**COMMON, "max_position_embeddings": 42, "type_vocab_size": 1, "pad_token_id": 1,
           "num_attention_heads": 4}), t.RobertaModel, ["weightedmean"], [], {})
    yield ("xlm-roberta-max-mean", t.XLMRobertaConfig(**{**COMMON, "max_position_embeddings": 42, "type_vocab_size": 1,
           "pad_token_id": 1}), t.XLMRobertaModel, ["max", "mean"], [("Normalize", {})], {})
    yield ("distilbert-sqrt", t.DistilBertConfig(dim=24, n_layers=2, n_heads=2, hidden_dim=30, vocab_size=120,
           max_position_embeddings=40, dropout=0.0, attention_dropout=0.0), t.DistilBertModel, ["mean_sqrt_len"], [], {})
    yield ("mpnet-last", t.MPNetConfig(**{**COMMON, "max_position_embeddings": 42, "relative_attention_num_buckets": 32}),
           t.MPNetModel, ["lasttoken"], [("Normalize", {})], {})


def pool(hidden, mask, modes):
    m = mask.unsqueeze(-1).to(hidden.dtype)
    count = m.sum(1)
    weights = m * torch.arange(1, hidden.shape[1] + 1).reshape(1, -1, 1)
    made = {
        "cls": lambda: hidden[:, 0],
        "max": lambda: hidden.masked_fill(m == 0, -1e9).max(1).values,
        "mean": lambda: (hidden * m).sum(1) / count,
        "mean_sqrt_len": lambda: (hidden * m).sum(1) / count.sqrt(),
        "weightedmean": lambda: (hidden * weights).sum(1) / weights.sum(1),
        "lasttoken": lambda: hidden[torch.arange(len(mask)), mask.sum(1) - 1],
    }
    return torch.cat([made[mode]() for mode in modes], 1)


def pooling_config(width, modes):
    keys = {"cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens", "mean_sqrt_len": "mean_sqrt_len_tokens",
            "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}
    config = {"word_embedding_dimension": width}
    config.update({"pooling_mode_" + key: mode in modes for mode, key in keys.items()})
    return config


def word_pieces():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    words = ["the", "a", "of", "ship", "bridge", "weigh", "load", "water", "stone", "light", "he", "she", "is", "was", "and", "on", "in"]
    pieces = ["##" + c for c in letters] + ["##ing", "##ed", "##s", "##er", "##ly"]
    vocabulary = special + letters + words + pieces + [".", ",", "!", "?"] + [str(d) for d in range(10)]
    vocabulary += ["[unused%d]" % i for i in range(120 - len(vocabulary))]
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1",
                                                             [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(special)
    return tokenizer


def write(folder, name, config, architecture, modes, steps, sentence):
    torch.manual_seed(SEED)
    model = architecture(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.15)
        for key, parameter in model.named_parameters():
            if "norm" in key.lower() and key.endswith("weight"):
                parameter.add_(1)
    folder = os.path.join(folder, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model.save_pretrained(folder)
    pad = config.pad_token_id
    ids = torch.full((len(LENGTHS), max(LENGTHS)), pad)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(5, 120, (length,))
        mask[row, :length] = 1
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        vectors = pool(hidden, mask, modes)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    os.makedirs(os.path.join(folder, "1_Pooling"))
    dump(folder, "1_Pooling/config.json", pooling_config(hidden.shape[-1], modes))
    for index, (kind, options) in enumerate(steps, 2):
        path = "%d_%s" % (index, kind)
        modules.append((path, kind))
        if kind == "Normalize":
            vectors = torch.nn.functional.normalize(vectors, dim=1)
        else:
            os.makedirs(os.path.join(folder, path))
            dump(folder, path + "/config.json", {"in_features": vectors.shape[1], "out_features": options["out"], "bias": True,
                 "activation_function": "torch.nn.modules.activation." + options["activation"]})
            weight = torch.randn(options["out"], vectors.shape[1]) * 0.3
            bias = torch.randn(options["out"]) * 0.1
            save_file({"linear.weight": weight, "linear.bias": bias}, os.path.join(folder, path, "model.safetensors"))
            vectors = torch.tanh(torch.nn.functional.linear(vectors, weight, bias))
    dump(folder, "modules.json", [{"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
                                  for i, (path, kind) in enumerate(modules)])
    if sentence:
        dump(folder, "sentence_bert_config.json", {**sentence, "do_lower_case": False})
    if config.model_type == "bert":
        word_pieces().save(os.path.join(folder, "tokenizer.json"), pretty=False)
    save_file({"input_ids": ids, "attention_mask": mask, "embeddings": vectors.contiguous()},
              os.path.join(folder, "golden.safetensors"))
    dump(folder, "meta.json", {"family": config.model_type, "torch": torch.__version__, "transformers": transformers.__version__,
                               "seed": SEED, "pooling": modes})


def dump(folder, name, value):
    with open(os.path.join(folder, name), "w") as out:
        json.dump(value, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    for case in cases():
        write(sys.argv[1], *case)
