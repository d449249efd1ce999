"""Writes tiny random checkpoints of every family with the logits that transformers computes for them in float32.

    python families.py FOLDER [--seed N] [--count SHAPES_A_FAMILY] [--only FAMILY,FAMILY]

Shapes vary on purpose: odd sizes, head ratios, head dimensions of their own, partial rotation, tied heads, biases, storage in bfloat16
and float16, shards, scaled rotations, windows shorter than the prompt, and configurations as transformers 4 spelled them.
"""

import argparse
import json
import random
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file


def sizes(r):
    head_dim = r.choice([6, 8, 10, 16, 24])
    kv = r.choice([1, 2, 3])
    heads = kv * r.choice([1, 2, 3, 4])
    return {
        "hidden_size": r.choice([30, 33, 40, 48, 64]),
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "head_dim": head_dim,
        "intermediate_size": r.choice([33, 48, 70, 96]),
        "vocab_size": r.choice([97, 128, 251]),
        "num_hidden_layers": r.choice([1, 2, 3, 5]),
        "max_position_embeddings": r.choice([128, 200]),
    }


def fitted(r):
    """Sizes of families whose heads divide the hidden size."""
    s = sizes(r)
    s["hidden_size"] = s["num_attention_heads"] * r.choice([4, 8, 12, 16, 20])
    del s["head_dim"]
    return s


def scaling(r, head_dim, context, partial=1.0, kinds=("default", "linear", "llama3", "yarn", "dynamic", "longrope")):
    kind = r.choice(kinds)
    rope = {"rope_type": kind, "rope_theta": r.choice([10000.0, 500000.0])}
    pairs = int(head_dim * partial) // 2
    if kind == "linear" or kind == "dynamic":
        rope["factor"] = r.choice([2.0, 4.0])
    if kind == "llama3":
        rope.update(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
    if kind == "yarn":
        rope.update(factor=4.0, original_max_position_embeddings=context // 4)
        rope.update(r.choice([{}, {"mscale": 1.0, "mscale_all_dim": 0.8}, {"attention_factor": 1.3}, {"beta_fast": 16.0, "beta_slow": 2.0}, {"truncate": False}]))
    if kind == "longrope":
        rope.update(
            short_factor=[1.0 + 0.1 * i for i in range(pairs)],
            long_factor=[2.0 + 0.5 * i for i in range(pairs)],
            original_max_position_embeddings=r.choice([20, 64, 100]),
        )
        rope.update(r.choice([{}, {"factor": 4.0}, {"attention_factor": 1.2}]))
    return rope


LINEAR_ONLY = ("default", "linear", "llama3", "yarn")


def llama(r):
    s = sizes(r)
    s["hidden_size"] = s["num_attention_heads"] * r.choice([5, 8, 11])
    return s | {
        "rope_parameters": scaling(r, s["head_dim"], s["max_position_embeddings"]),
        "attention_bias": r.random() < 0.3,
        "mlp_bias": r.random() < 0.3,
        "tie_word_embeddings": r.random() < 0.5,
        "hidden_act": r.choice(["silu", "gelu", "gelu_pytorch_tanh"]),
    }


def mistral(r):
    s = sizes(r)
    return s | {"sliding_window": r.choice([None, 7, 16, 4096]), "tie_word_embeddings": r.random() < 0.5,
                "rope_parameters": scaling(r, s["head_dim"], s["max_position_embeddings"], kinds=LINEAR_ONLY)}


def mixtral(r):
    return sizes(r) | {"num_local_experts": r.choice([3, 4, 7]), "num_experts_per_tok": r.choice([1, 2, 3]), "sliding_window": r.choice([None, 9])}


def qwen_window(r, s):
    return r.choice([{}, {"use_sliding_window": True, "sliding_window": 9, "max_window_layers": r.choice([0, 1, 2])}])


def qwen2(r):
    s = fitted(r)
    return s | {"tie_word_embeddings": r.random() < 0.5} | qwen_window(r, s) | {
        "rope_parameters": scaling(r, s["hidden_size"] // s["num_attention_heads"], s["max_position_embeddings"], kinds=LINEAR_ONLY)}


def qwen3(r):
    s = sizes(r)
    return s | {"tie_word_embeddings": r.random() < 0.5, "attention_bias": r.random() < 0.3} | qwen_window(r, s) | {
        "rope_parameters": scaling(r, s["head_dim"], s["max_position_embeddings"], kinds=LINEAR_ONLY)}


def sparse(r, s):
    return r.choice([{}, {"mlp_only_layers": [0]}, {"decoder_sparse_step": 2}])


def qwen3_moe(r):
    s = sizes(r)
    return s | {"moe_intermediate_size": r.choice([17, 24, 40]), "num_experts": r.choice([4, 6]), "num_experts_per_tok": r.choice([1, 2, 3]),
                "norm_topk_prob": r.random() < 0.5} | sparse(r, s)


def qwen2_moe(r):
    s = fitted(r)
    return s | {"moe_intermediate_size": r.choice([17, 24, 40]), "num_experts": r.choice([4, 6]), "num_experts_per_tok": r.choice([1, 2, 3]),
                "shared_expert_intermediate_size": r.choice([20, 33]), "norm_topk_prob": r.random() < 0.5, "qkv_bias": r.random() < 0.7} | sparse(r, s)


def olmoe(r):
    return fitted(r) | {"num_experts": r.choice([4, 6]), "num_experts_per_tok": r.choice([1, 2, 3]), "norm_topk_prob": r.random() < 0.5}


def smollm3(r):
    s = fitted(r)
    s["num_hidden_layers"] = r.choice([4, 5])
    return s | {"pad_token_id": 0, "no_rope_layer_interval": r.choice([4, 2]), "tie_word_embeddings": r.random() < 0.5, "attention_bias": r.random() < 0.3,
                "mlp_bias": r.random() < 0.3} | r.choice([{}, {"use_sliding_window": True, "sliding_window": 9}])


def granite(r):
    return fitted(r) | {"embedding_multiplier": 6.0, "attention_multiplier": 0.3, "residual_multiplier": 0.5, "logits_scaling": 4.0,
                        "attention_bias": r.random() < 0.3, "mlp_bias": r.random() < 0.3, "tie_word_embeddings": r.random() < 0.5}


def granitemoe(r):
    s = granite(r)
    del s["mlp_bias"]
    return s | {"num_local_experts": r.choice([3, 5]), "num_experts_per_tok": r.choice([1, 2])}


def olmo2(r):
    return fitted(r) | {"attention_bias": r.random() < 0.3, "tie_word_embeddings": r.random() < 0.3}


def olmo3(r):
    s = fitted(r)
    return s | {"sliding_window": r.choice([9, 30]), "num_hidden_layers": r.choice([4, 5])}


def gemma(r):
    return sizes(r)


def gemma2(r):
    s = sizes(r)
    s["hidden_size"] = s["num_attention_heads"] * r.choice([5, 8, 10])
    return s | {"query_pre_attn_scalar": s["head_dim"], "sliding_window": r.choice([9, 500]), "attn_logit_softcapping": 20.0, "final_logit_softcapping": 10.0}


def gemma3_text(r):
    s = sizes(r)
    s["num_hidden_layers"] = r.choice([6, 7])
    s["hidden_size"] = s["num_attention_heads"] * r.choice([5, 8, 11])
    return s | {"query_pre_attn_scalar": s["head_dim"], "sliding_window": r.choice([9, 500])} | r.choice(
        [{}, {"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
                                  "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}}])


def cohere(r):
    return fitted(r) | {"use_qk_norm": r.random() < 0.5, "attention_bias": r.random() < 0.3, "logit_scale": 0.25}


def cohere2(r):
    s = sizes(r)
    s["num_hidden_layers"] = 5
    return s | {"sliding_window": r.choice([9, 500]), "attention_bias": r.random() < 0.3, "logit_scale": 0.25}


def stablelm(r):
    return fitted(r) | {"use_qkv_bias": r.random() < 0.5, "qk_layernorm": r.random() < 0.5, "use_parallel_residual": r.random() < 0.5,
                        "tie_word_embeddings": r.random() < 0.3,
                        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": r.choice([0.5, 1.0])}}


def phi3(r):
    s = fitted(r)
    partial = r.choice([0.5, 1.0])
    d = s["hidden_size"] // s["num_attention_heads"]
    if int(d * partial) % 2:
        partial = 1.0
    rope = scaling(r, d, s["max_position_embeddings"], partial, ("default", "longrope", "longrope"))
    rope["partial_rotary_factor"] = partial
    return s | {"sliding_window": r.choice([None, 9]), "rope_parameters": rope, "tie_word_embeddings": r.random() < 0.3,
                "original_max_position_embeddings": rope.get("original_max_position_embeddings", 128), "pad_token_id": 0}


def phi(r):
    s = fitted(r)
    return s | {"qk_layernorm": False, "hidden_act": "gelu_new", "tie_word_embeddings": r.random() < 0.3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": r.choice([0.5, 1.0])}}


def starcoder2(r):
    return fitted(r) | {"use_bias": r.random() < 0.7, "sliding_window": r.choice([None, 9]), "tie_word_embeddings": r.random() < 0.5}


def gpt_oss(r):
    s = sizes(r)
    return s | {"num_local_experts": r.choice([3, 5]), "num_experts_per_tok": r.choice([1, 2]), "sliding_window": r.choice([9, 500]),
                "attention_bias": r.random() < 0.7, "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32,
                "rope_theta": 150000.0, "truncate": False, "beta_fast": 32.0, "beta_slow": 1.0}}


def gpt2(r):
    heads = r.choice([1, 3, 4, 7])
    return {"n_embd": heads * r.choice([5, 8, 9, 16]), "n_head": heads, "n_layer": r.choice([1, 3]), "n_positions": r.choice([128, 200]),
            "vocab_size": r.choice([97, 251]), "n_inner": r.choice([None, 33, 70]), "tie_word_embeddings": r.random() < 0.7,
            "activation_function": r.choice(["gelu_new", "relu", "gelu"]), "scale_attn_by_inverse_layer_idx": r.random() < 0.2}


def gpt_bigcode(r):
    s = gpt2(r)
    del s["scale_attn_by_inverse_layer_idx"]
    return s | {"multi_query": r.random() < 0.7, "activation_function": "gelu_pytorch_tanh"}


def gptj(r):
    heads = r.choice([1, 3, 4])
    d = r.choice([6, 8, 16])
    return {"n_embd": heads * d, "n_head": heads, "n_layer": r.choice([1, 3]), "n_positions": 128, "vocab_size": r.choice([97, 251]),
            "rotary_dim": r.choice([4, d]), "n_inner": r.choice([None, 33]), "tie_word_embeddings": False}


def gpt_neo(r):
    heads = r.choice([1, 3, 4])
    return {"hidden_size": heads * r.choice([5, 8, 16]), "num_heads": heads, "num_layers": 4, "attention_types": [[["global", "local"], 2]],
            "window_size": r.choice([9, 256]), "max_position_embeddings": 128, "vocab_size": 97, "intermediate_size": r.choice([None, 33])}


def bloom(r):
    heads = r.choice([1, 2, 3, 4, 6, 7])
    return {"hidden_size": heads * r.choice([5, 8, 16]), "n_head": heads, "n_layer": r.choice([1, 3]), "vocab_size": r.choice([97, 251]),
            "apply_residual_connection_post_layernorm": r.random() < 0.2}


def gpt_neox(r):
    s = fitted(r)
    del s["num_key_value_heads"]
    return s | {"use_parallel_residual": r.random() < 0.5, "attention_bias": r.random() < 0.7, "tie_word_embeddings": r.random() < 0.3,
                "hidden_act": r.choice(["gelu", "gelu_new"]),
                "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": r.choice([0.5, 1.0])}}


def opt(r):
    s = fitted(r)
    del s["num_key_value_heads"]
    s["ffn_dim"] = s.pop("intermediate_size")
    return s | {"activation_function": r.choice(["relu", "gelu"]), "enable_bias": r.random() < 0.8, "do_layer_norm_before": r.random() < 0.7,
                "word_embed_proj_dim": r.choice([s["hidden_size"], 20]), "pad_token_id": 1}


def falcon(r):
    heads = r.choice([1, 2, 4])
    new = r.random() < 0.4
    alibi = not new and r.random() < 0.3
    return {"hidden_size": heads * r.choice([6, 8, 16]), "num_attention_heads": heads, "num_hidden_layers": r.choice([1, 3]), "vocab_size": r.choice([97, 251]),
            "new_decoder_architecture": new, "multi_query": r.random() < 0.5, "parallel_attn": r.random() < 0.7, "bias": r.random() < 0.5, "alibi": alibi,
            "num_kv_heads": r.choice([1, heads]) if new else heads, "num_ln_in_parallel_attn": r.choice([None, 1, 2]) if new else None,
            "ffn_hidden_size": r.choice([33, 70]), "max_position_embeddings": 128}


FAMILIES = [llama, mistral, mixtral, qwen2, qwen3, qwen3_moe, qwen2_moe, olmoe, smollm3, granite, granitemoe, olmo2, olmo3, gemma, gemma2, gemma3_text,
            cohere, cohere2, stablelm, phi3, phi, starcoder2, gpt_oss, gpt2, gpt_bigcode, gptj, gpt_neo, bloom, gpt_neox, opt, falcon]


def older_spelling(config):
    """What transformers 4 wrote for the same model."""
    rope = config.pop("rope_parameters", None)
    if rope and "full_attention" in rope:
        config["rope_theta"] = rope["full_attention"]["rope_theta"]
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
    if rope:
        rope = dict(rope)
        for name in ("rope_theta", "partial_rotary_factor"):
            if name in rope:
                config.setdefault(name, rope.pop(name))
        config["rope_scaling"] = None if rope.get("rope_type", "default") == "default" else rope
    config.pop("layer_types", None)
    config["torch_dtype"] = config.pop("dtype", "float32")
    config["transformers_version"] = "4.46.0"
    return config


def write(family, number, seed, out):
    r = random.Random(f"{family.__name__} {number} {seed}")
    values = family(r)
    kind = family.__name__
    name = f"{kind}-{number}"
    torch.manual_seed(r.randrange(1 << 30))
    config = transformers.AutoConfig.for_model(kind, **values, bos_token_id=1, eos_token_id=2)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter.dim() >= 2 and "norm" not in parameter_name:
                parameter.normal_(0, 0.6 / parameter.shape[-1] ** 0.5 if "embed" not in parameter_name and "wte" not in parameter_name else 0.5)
            elif "bias" in parameter_name or "sinks" in parameter_name:
                parameter.normal_(0, 0.2)
            else:
                parameter.copy_(parameter + torch.randn_like(parameter) * 0.1)
    dtype = r.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    model.to(dtype).save_pretrained(folder, max_shard_size="40KB" if r.random() < 0.3 else "5GB")
    # Read again: rounding the model itself would round the rotation's frequencies too.
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        # Eager attention counts Falcon's ALiBi twice.
        attn_implementation="sdpa" if kind == "falcon" else "eager",
        experts_implementation="eager",
    ).eval()
    ids = torch.tensor([[r.randrange(3, config.vocab_size) for _ in range(r.choice([13, 37, 50]))]])
    with torch.no_grad():
        logits = model(ids, use_cache=False).logits[0].float()
        greedy = []
        past = None
        step = ids
        for _ in range(10):
            result = model(step, past_key_values=past, use_cache=True)
            past = result.past_key_values
            step = result.logits[:, -1].argmax(-1, keepdim=True)
            greedy.append(int(step))
    path = folder / "config.json"
    written = json.loads(path.read_text())
    written["dtype"] = str(dtype).split(".")[-1]
    if r.random() < 0.4:
        written = older_spelling(written)
    path.write_text(json.dumps(written, indent=1))
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file({"input_ids": ids[0].long(), "logits": logits.contiguous(), "greedy": torch.tensor(greedy)}, folder / "golden.safetensors")
    (folder / "meta.json").write_text(json.dumps({"family": kind, "number": number, "seed": seed, "prompt": ids.shape[1], "spread": float(logits.std())}))
    return name


def main():
    transformers.utils.logging.disable_progress_bar()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else [family.__name__ for family in FAMILIES]
    for family in FAMILIES:
        if family.__name__ in chosen:
            for number in range(options.count):
                try:
                    write(family, number, options.seed, options.out)
                except Exception as error:  # a shape that transformers itself refuses
                    print(f"{family.__name__}-{number}: {type(error).__name__} {str(error)[:200]}", flush=True)


if __name__ == "__main__":
    main()
