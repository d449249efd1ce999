#!/usr/bin/env bash
# Chat streams over HTTP: all three services as `./weighbridge up` starts them, and llama.cpp's server with as many parallel sequences, in
# turn on one machine and one file. Prints one JSON line a round and side, then the medians and the ratio of pairs. Prompt caches are off
# on both sides; every prompt starts with another number.
#
#   benchmarks/streams_vs_llama_server.sh SCRIPTS FILE.gguf [--rounds 4] [--streams 8] [--tokens 128] [--threads 2] [--home FOLDER]
#
# SCRIPTS holds run_llama_server.sh, which finds its programs in $PEERS. FILE must be the starter model's file, which `up` fetches by itself.
# --home keeps the services' state, so that a second run fetches nothing.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 2 ] || { sed -n '2,9p' "$0" >&2; exit 2; }
scripts=$1 file=$2; shift 2
rounds=4 streams=8 tokens=128 threads=2 home=
while [ $# -gt 0 ]; do case $1 in
  --rounds) rounds=$2;; --streams) streams=$2;; --tokens) tokens=$2;; --threads) threads=$2;; --home) home=$2;;
  *) echo "unknown option $1" >&2; exit 2;; esac; shift 2; done
lines=$(mktemp); state=${home:-$(mktemp -d)}
free_ports() { python3 -c 'import socket
s=[socket.socket() for _ in range(4)]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))'; }
read -r gateway registry inference grpc < <(free_ports)
export WEIGHBRIDGE_HOME=$state WEIGHBRIDGE_GATEWAY_PORT=$gateway WEIGHBRIDGE_REGISTRY_PORT=$registry
export WEIGHBRIDGE_INFERENCE_PORT=$inference WEIGHBRIDGE_INFERENCE_GRPC_PORT=$grpc
export WEIGHBRIDGE_INFERENCE_PREFIX_CACHE=false WEIGHBRIDGE_INFERENCE_THREADS=$threads WEIGHBRIDGE_INFERENCE_SEQUENCES_RUNNING_MAX=$streams
finish() { "$here/weighbridge" down >/dev/null 2>&1 || true; rm -f "$lines"; [ -n "$home" ] || rm -rf "$state"; }
trap finish EXIT
"$here/weighbridge" up >&2
model=HuggingFaceTB/SmolLM2-135M-Instruct
ours() { "$scripts/run_llama_server.sh" --url "http://127.0.0.1:$gateway/v1" --model "$model" --key wb-local --name weighbridge --conc "$streams" --tokens "$tokens" --rounds "$1"; }
theirs() { "$scripts/run_llama_server.sh" --gguf "$file" --parallel "$streams" --threads "$threads" --conc "$streams" --tokens "$tokens" --rounds "$1"; }
ours 12 >/dev/null # until methods are compiled: the gateway's compiler takes time from the engine for about a hundred requests
for _ in $(seq "$rounds"); do
  theirs 2 | tee -a "$lines"
  ours 2 | tee -a "$lines"
done
python3 - "$lines" <<'P'
import json, statistics, sys
sides = {"weighbridge": [], "llama-server": []}
for line in open(sys.argv[1]):
    o = json.loads(line)
    sides[o["server"]].append(o)
ours, theirs = sides["weighbridge"], sides["llama-server"]
if any(o.get("errors") or o["tokens"] != theirs[0]["tokens"] for o in ours + theirs):
    sys.exit("a side answered with errors or with another number of tokens; see the lines above")
median = lambda lines, key: statistics.median(o[key] for o in lines)
ratios = [a["tokens_per_s"] / b["tokens_per_s"] for a, b in zip(ours, theirs)]
print(json.dumps({"weighbridge_tokens_per_s": round(median(ours, "tokens_per_s"), 1), "llama_server_tokens_per_s": round(median(theirs, "tokens_per_s"), 1),
                  "ratio_median": round(statistics.median(ratios), 2), "ratio_min": round(min(ratios), 2), "ratio_max": round(max(ratios), 2),
                  "weighbridge_first_token_p50_ms": round(median(ours, "first_p50_ms")), "llama_server_first_token_p50_ms": round(median(theirs, "first_p50_ms")),
                  "rounds": len(ratios)}))
P
