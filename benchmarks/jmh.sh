#!/bin/sh
# Runs the JMH measurements of this module; the arguments are JMH's. Build first: mvn -pl benchmarks -am package -DskipTests
#
#   benchmarks/jmh.sh LicenseDecision -prof gc
set -eu
cd "$(dirname "$0")"
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
exec "$JAVA_HOME/bin/java" -cp "target/classes:target/lib/*" org.openjdk.jmh.Main "$@"
