#!/usr/bin/env bash
# Seconds from the load call to the end of loading and to the first token, and the process's peak resident memory divided by the
# size of the file, for a GGUF file that lies in the page cache. Prints one JSON line.
#
#   benchmarks/load_and_memory.sh FILE.gguf [--threads 2]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
model=$1; shift
threads=2
while [ $# -gt 0 ]; do case $1 in --threads) threads=$2;; *) echo "unknown option $1" >&2; exit 2;; esac; shift 2; done
cat "$model" >/dev/null
"${WEIGHBRIDGE:-$here/weighbridge}" bench "$model" --threads "$threads" --prompt 16 --generate 16 --repeat 1 --json 2>/dev/null |
  python3 -c '
import json, os, sys
lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
size = os.path.getsize(sys.argv[1])
print(json.dumps({"file_bytes": size, "load_s": lines[0]["load_s"], "first_token_s": lines[0]["first_token_s"],
                  "peak_resident_bytes": lines[-1]["peak_resident_bytes"], "resident_ratio": round(lines[-1]["peak_resident_bytes"] / size, 3)}))
' "$model"
