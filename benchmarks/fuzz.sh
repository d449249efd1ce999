#!/bin/sh
# Feeds mutated checkpoints, configurations, chat templates or tokenizers to their readers for some minutes. Stops at the first
# one that crashes, hangs, or costs more than its limit, and prints its seed. Build first: mvn -pl benchmarks -am package -DskipTests
#
#   benchmarks/fuzz.sh TARGET MINUTES [SEED]      TARGET: safetensors, gguf, config, metadata, template, tokenizer
set -eu
cd "$(dirname "$0")"
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
exec "$JAVA_HOME/bin/java" -Xmx3g -ea -cp "../engine/target/test-classes:../engine/target/classes:target/lib/*" io.weighbridge.engine.fuzz.Fuzz "$@"
