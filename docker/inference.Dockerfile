# syntax=docker/dockerfile:1
# Build the service first (./weighbridge up does, or mvn -DskipTests package), then: docker build -f docker/inference.Dockerfile -t weighbridge/inference .
FROM eclipse-temurin:25-jdk AS natives
ENV DJL_CACHE_DIR=/opt/weighbridge/djl ENGINE_CACHE_DIR=/opt/weighbridge/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true
COPY inference-service/target/quarkus-app/lib/ /build/lib/
COPY docker/FillNativeCache.java /build/
RUN java --enable-native-access=ALL-UNNAMED -cp "/build/lib/main/*" /build/FillNativeCache.java

FROM eclipse-temurin:25-jre
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin weighbridge \
    && mkdir -p /var/lib/weighbridge && chown 10001:10001 /var/lib/weighbridge
COPY --from=natives /opt/weighbridge/djl/ /opt/weighbridge/djl/
COPY inference-service/target/quarkus-app/ /opt/weighbridge/app/
ENV WEIGHBRIDGE_HOME=/var/lib/weighbridge QUARKUS_HTTP_HOST=0.0.0.0
ENV QUARKUS_GRPC_SERVER_HOST=0.0.0.0 WEIGHBRIDGE_INFERENCE_BLOBS=/var/lib/weighbridge/blobs
ENV DJL_CACHE_DIR=/opt/weighbridge/djl ENGINE_CACHE_DIR=/opt/weighbridge/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true
USER 10001
VOLUME /var/lib/weighbridge
EXPOSE 8082 9001
ENTRYPOINT ["java", "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:MaxRAMPercentage=25", "-XX:+UseSerialGC", "-Xmn32m", "-jar", "/opt/weighbridge/app/quarkus-run.jar"]
