# syntax=docker/dockerfile:1
# Build the service first (./weighbridge up does, or mvn -DskipTests package), then: docker build -f docker/gateway.Dockerfile -t weighbridge/gateway .
FROM eclipse-temurin:25-jre
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin weighbridge \
    && mkdir -p /var/lib/weighbridge && chown 10001:10001 /var/lib/weighbridge
COPY gateway-service/target/quarkus-app/ /opt/weighbridge/app/
ENV WEIGHBRIDGE_HOME=/var/lib/weighbridge QUARKUS_HTTP_HOST=0.0.0.0
USER 10001
VOLUME /var/lib/weighbridge
EXPOSE 8080
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:MaxRAMPercentage=60", "-jar", "/opt/weighbridge/app/quarkus-run.jar"]
