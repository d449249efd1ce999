# Inference: runs models. Build first: mvn -pl inference-service -am -DskipTests package
FROM eclipse-temurin:25-jre
# The native libraries are unpacked from their jars into /data/djl at the first start, so /data must be writable.
RUN apt-get update && apt-get install -y --no-install-recommends curl libgomp1 && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /data && chown 10001:0 /data
COPY inference-service/target/quarkus-app/ /app/
ENV WEIGHBRIDGE_INFERENCE_BLOBS=/data/blobs DJL_CACHE_DIR=/data/djl ENGINE_CACHE_DIR=/data/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true \
    QUARKUS_HTTP_HOST=0.0.0.0 QUARKUS_GRPC_SERVER_HOST=0.0.0.0
USER 10001
EXPOSE 8082 9001
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx1g", "-jar", "/app/quarkus-run.jar"]
