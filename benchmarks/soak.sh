#!/usr/bin/env bash
# Mixed requests against the three running services for MINUTES: 64 at once, of all kinds, some cancelled at random. Reads meanwhile what each
# process holds (heap after collection, direct and resident memory, files, threads) and fails when something grows, a request has
# no end or a wrong one, or a KV block is not given back. Starts services of its own on free ports with a state folder of its own and stops them.
#
#   benchmarks/soak.sh MINUTES [--streams 64] [--seed 1]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '2,6p' "$0" >&2; exit 2; }
minutes=$1; shift
launcher=${WEIGHBRIDGE:-$here/weighbridge}
home=$(mktemp -d "${TMPDIR:-/tmp}/soak.XXXXXX")
export WEIGHBRIDGE_HOME=$home
free_ports() {
    python3 -c '
import socket
sockets = [socket.socket() for _ in range(4)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])'
}
read -r WEIGHBRIDGE_GATEWAY_PORT WEIGHBRIDGE_REGISTRY_PORT WEIGHBRIDGE_INFERENCE_PORT WEIGHBRIDGE_INFERENCE_GRPC_PORT <<<"$(free_ports)"
export WEIGHBRIDGE_GATEWAY_PORT WEIGHBRIDGE_REGISTRY_PORT WEIGHBRIDGE_INFERENCE_PORT WEIGHBRIDGE_INFERENCE_GRPC_PORT
finish() {
    status=$?
    "$launcher" status || true
    "$launcher" down >/dev/null || true
    if [ "$status" -eq 0 ]; then rm -rf "$home"; else echo "logs: $home/logs" >&2; fi
}
trap finish EXIT
# A request with several completions takes as many places.
export WEIGHBRIDGE_INFERENCE_SEQUENCES_WAITING_MAX=128
chat=HuggingFaceTB/SmolLM2-135M-Instruct
encoder=sentence-transformers/all-MiniLM-L6-v2
export WEIGHBRIDGE_INFERENCE_MODELS=$chat,$encoder
"$launcher" up
curl -sf -X POST "http://127.0.0.1:$WEIGHBRIDGE_REGISTRY_PORT/api/v1/models/$encoder/pull" >/dev/null
waited=0
until curl -sf -o /dev/null "http://127.0.0.1:$WEIGHBRIDGE_GATEWAY_PORT/v1/embeddings" -H "Authorization: Bearer wb-local" \
    -H "Content-Type: application/json" -d "{\"model\": \"$encoder\", \"input\": \"a mill\"}"; do
    [ "$waited" -lt 300 ] || { echo "no embeddings after $waited s" >&2; exit 1; }
    sleep 1
    waited=$((waited + 1))
done
processes=""
for service in registry inference gateway; do
    processes="$processes${processes:+,}$service=$(head -n 1 "$home/run/$service.pid")"
done
# The launcher has found a JDK 25, which need not be the machine's default.
java=$(readlink -f "/proc/$(head -n 1 "$home/run/gateway.pid")/exe")
"$java" --add-modules jdk.attach,java.management,java.net.http \
    "$here/benchmarks/src/main/java/io/weighbridge/benchmarks/soak/Soak.java" \
    --minutes "$minutes" --model "$chat" --encoder "$encoder" --key wb-local --processes "$processes" \
    --gateway "http://127.0.0.1:$WEIGHBRIDGE_GATEWAY_PORT" --inference "http://127.0.0.1:$WEIGHBRIDGE_INFERENCE_PORT" "$@"
