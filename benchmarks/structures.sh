#!/bin/sh
# Lets a real model write under random JSON Schemas, regular expressions, choices and GBNF grammars, at temperatures above zero and
# several at a time. Prints every text that another validator does not accept, and what share ended, was cut, was invalid. Fails if one was
# invalid. Build first: mvn -pl benchmarks -am package -DskipTests
#
#   benchmarks/structures.sh MODEL.gguf [SCHEMAS [REGEXES [CHOICES [GRAMMARS [SEED [THREADS]]]]]]
set -eu
model=$1
here=$(cd "$(dirname "$0")" && pwd)
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
exec "$JAVA_HOME/bin/java" -Xmx3g --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  -cp "$here/../engine/target/test-classes:$here/../engine/target/classes:$here/../inference-service/target/test-classes:$here/../inference-service/target/classes:$here/target/lib/*" \
  io.weighbridge.inference.structured.StructuredRun "$model" "${7:-2}" "${2:-1000}" "${3:-200}" "${4:-100}" "${5:-200}" "${6:-1}"
