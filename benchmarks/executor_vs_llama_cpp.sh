#!/usr/bin/env bash
# Weighbridge's executor and llama.cpp's llama-bench, in turn on one machine and one file; prints one JSON line a test with the
# ratio. Only the ratio travels between machines. Everything else should be quiet meanwhile.
#
#   benchmarks/executor_vs_llama_cpp.sh LLAMA_BENCH FILE.gguf [--rounds 5] [--threads 2] [--numerics int4]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 2 ] || { sed -n '2,6p' "$0" >&2; exit 2; }
llama_bench=$1 model=$2; shift 2
rounds=5 threads=2 numerics=int4
while [ $# -gt 0 ]; do case $1 in
  --rounds) rounds=$2;; --threads) threads=$2;; --numerics) numerics=$2;; *) echo "unknown option $1" >&2; exit 2;; esac; shift 2; done
lines=$(mktemp); trap 'rm -f "$lines"' EXIT
for _ in $(seq "$rounds"); do
  "$llama_bench" -m "$model" -t "$threads" -p 128,512 -n 128 -r 2 -o jsonl 2>/dev/null >>"$lines"
  "$here/weighbridge" bench "$model" --threads "$threads" --numerics "$numerics" --prompt 128,512 --generate 128 --repeat 2 --json >>"$lines"
done
python3 - "$lines" <<'P'
import collections, json, statistics, sys
ours, peer, peak = collections.defaultdict(list), collections.defaultdict(list), 0
for line in open(sys.argv[1]):
    o = json.loads(line)
    if "avg_ts" in o:
        peer["pp%d" % o["n_prompt"] if o["n_prompt"] else "tg%d" % o["n_gen"]].append(o["avg_ts"])
    else:
        ours[o["test"]].append(o["tokens_per_s"]); peak = max(peak, o["peak_resident_bytes"])
for test in ours:
    ratios = [a / b for a, b in zip(ours[test], peer[test])]
    print(json.dumps({"test": test, "weighbridge": round(statistics.median(ours[test]), 1),
                      "llama_cpp": round(statistics.median(peer[test]), 1), "ratio_median": round(statistics.median(ratios), 3),
                      "ratio_min": round(min(ratios), 3), "ratio_max": round(max(ratios), 3), "rounds": len(ratios),
                      "peak_resident_bytes": peak}))
P
