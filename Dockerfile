# The jar is built outside, so that an image build needs neither Maven nor its repositories:
#   ./mvnw -DskipTests package && docker build -t headlight .
# What is built without a --target is the last stage: the service on the CPU.

FROM debian:bookworm-slim AS java
# the second font only shows Chinese, Japanese and Korean tokens in pictures; all else travels in the jar
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless fonts-droid-fallback \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin headlight
WORKDIR /opt/headlight

# The jar in layers, and libtorch out of its jar: it is loaded from a folder, and never unpacked by a running container.
FROM java AS layers
RUN apt-get update && apt-get install -y --no-install-recommends unzip
COPY target/headlight-*.jar headlight.jar
RUN java -Djarmode=tools -jar headlight.jar extract --layers --destination layers \
 && unzip -q -j layers/dependencies/lib/pytorch-native-cpu-*.jar 'pytorch/cpu/*' -d libtorch \
 && rm layers/dependencies/lib/pytorch-native-cpu-*.jar

FROM java AS cpu
COPY --from=layers /opt/headlight/libtorch/ /opt/libtorch/
COPY --from=layers /opt/headlight/layers/dependencies/ ./
COPY --from=layers /opt/headlight/layers/spring-boot-loader/ ./
COPY --from=layers /opt/headlight/layers/snapshot-dependencies/ ./
COPY --from=layers /opt/headlight/layers/application/ ./
ENV PYTORCH_LIBRARY_PATH=/opt/libtorch PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cpu \
    DJL_CACHE_DIR=/opt/headlight/natives
# One start that ends when the model is loaded: it leaves DJL's own native libraries in their folder, proves that
# libtorch loads, and writes down the loaded classes, which halves the time of every later start.
RUN java -XX:ArchiveClassesAtExit=classes.jsa -Xlog:cds=error -Dspring.context.exit=onRefresh -jar headlight.jar \
 && chmod -R a=rX natives classes.jsa
USER headlight
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${SERVER_PORT:-8080} && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
# libtorch's memory is not on the heap: most of the container's stays for it
ENTRYPOINT ["java", "-XX:SharedArchiveFile=classes.jsa", "-Xshare:auto", "-XX:MaxRAMPercentage=30", \
    "-XX:+ExitOnOutOfMemoryError", "-jar", "headlight.jar"]
