# The gateway: OpenAI's protocol for clients. Build first: mvn -pl gateway-service -am -DskipTests package
FROM eclipse-temurin:25-jre
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /data && chown 10001:0 /data
COPY gateway-service/target/quarkus-app/ /app/
ENV WEIGHBRIDGE_HOME=/data QUARKUS_HTTP_HOST=0.0.0.0
USER 10001
EXPOSE 8080
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx512m", "-jar", "/app/quarkus-run.jar"]
