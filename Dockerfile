# The jar is built outside, so that an image needs neither Maven nor its repositories:
#   ./mvnw -DskipTests package && docker build --target cpu -t headlight .
# --build-arg REVISION=$(git rev-parse HEAD) names the commit in the image's labels.
# Without a --target it is the service on the CPU; --target cuda has PyTorch's CUDA libraries (linux-x86_64).

FROM debian:bookworm-slim AS runtime
# The font is for Chinese, Japanese and Korean tokens in pictures; all else that pictures need travels in the jar.
# Java's package links its manual into a folder that the slim image lacks.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin headlight
LABEL org.opencontainers.image.title="Headlight" \
      org.opencontainers.image.description="Mechanistic interpretability of transformer language models over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="debian:bookworm-slim"
WORKDIR /opt/headlight
ENV PYTORCH_LIBRARY_PATH=/opt/libtorch PYTORCH_VERSION=2.7.1 DJL_CACHE_DIR=/opt/headlight/natives
# In a container the service listens on every address. Whoever reaches the published port may use it, unless keys are set.
ENV SERVER_ADDRESS=0.0.0.0 HEADLIGHT_ACCESS_OPEN=true
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${SERVER_PORT:-8080} && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
# libtorch's memory is not on the heap: most of the container's stays for it. JNA, which DJL counts GPUs with, finds its
# library in the image, because it cannot run what it would unpack to a tmpfs.
ENTRYPOINT ["java", "-XX:SharedArchiveFile=classes.jsa", "-Xshare:auto", "-XX:MaxRAMPercentage=30", \
    "-XX:+ExitOnOutOfMemoryError", "-Djna.boot.library.path=/opt/headlight/jna", "-jar", "headlight.jar"]

# The jar in layers, and the native libraries out of their jars: a running container unpacks nothing.
FROM runtime AS layers
RUN apt-get update && apt-get install -y --no-install-recommends unzip
LABEL dev.headlight.layer=build
COPY target/headlight-*.jar headlight.jar
RUN java -Djarmode=tools -jar headlight.jar extract --layers --destination layers \
 && unzip -q -j layers/dependencies/lib/pytorch-native-cpu-*.jar 'pytorch/cpu/*' -d libtorch \
 && rm layers/dependencies/lib/pytorch-native-cpu-*.jar \
 && unzip -q -j layers/dependencies/lib/jna-5*.jar "com/sun/jna/linux-$(uname -m | tr _ -)/*" -d jna

FROM runtime AS cpu
LABEL dev.headlight.layer=cpu
COPY --from=layers /opt/headlight/libtorch/ /opt/libtorch/
COPY --from=layers /opt/headlight/jna/ ./jna/
COPY --from=layers /opt/headlight/layers/dependencies/ ./
COPY --from=layers /opt/headlight/layers/spring-boot-loader/ ./
COPY --from=layers /opt/headlight/layers/snapshot-dependencies/ ./
COPY --from=layers /opt/headlight/layers/application/ ./
ENV PYTORCH_FLAVOR=cpu
# One start that ends when the model is loaded: it leaves DJL's own native libraries in their folder, proves that
# libtorch loads, and writes down the loaded classes, which saves every later start a third of its time.
RUN java -XX:ArchiveClassesAtExit=classes.jsa -Xlog:cds=error -Dspring.context.exit=onRefresh -jar headlight.jar \
 && chmod -R a=rX natives classes.jsa
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION
USER headlight

# libtorch for CUDA is not on Maven Central; PyTorch's own wheel has it.
FROM debian:bookworm-slim AS torch
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip gcc libc6-dev
WORKDIR /opt
RUN pip3 install --no-cache-dir --quiet --root-user-action=ignore --target wheel torch==2.7.1 \
 && mkdir libtorch cuda stub \
 && mv wheel/torch/lib/*.so* libtorch/ && rm libtorch/libtorch_python.so \
 && mv wheel/nvidia/*/lib/*.so* wheel/cusparselt/lib/*.so* cuda/ \
 && rm -r wheel
# DJL counts the GPUs with the library of this name
RUN ln -s libcudart.so.12 cuda/libcudart.so
# Stands in for the driver's library, which the NVIDIA container toolkit brings: every call says that there is no device.
RUN nm -D --undefined-only libtorch/*.so | awk '$2 ~ /^cu[A-Z]/ && !/cuFile/ {print "int " $2 "(void) {return 100;}"}' \
      | sort -u | gcc -shared -o stub/libcuda.so.1 -x c -

FROM runtime AS cuda
COPY --from=torch /opt/cuda/ /opt/cuda/
COPY --from=torch /opt/libtorch/ /opt/libtorch/
COPY --from=torch /opt/stub/ /opt/stub/
COPY --from=layers /opt/headlight/jna/ ./jna/
COPY --from=layers /opt/headlight/layers/dependencies/ ./
COPY --from=layers /opt/headlight/layers/spring-boot-loader/ ./
COPY --from=layers /opt/headlight/layers/snapshot-dependencies/ ./
COPY --from=layers /opt/headlight/layers/application/ ./
ENV PYTORCH_FLAVOR=cu128 LD_LIBRARY_PATH=/opt/cuda:/opt/libtorch \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/stub \
    java -XX:ArchiveClassesAtExit=classes.jsa -Xlog:cds=error -Dspring.context.exit=onRefresh -jar headlight.jar \
 && chmod -R a=rX natives classes.jsa
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION
USER headlight

# the default
FROM cpu
