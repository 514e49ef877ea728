#!/usr/bin/env bash
# Makes a Docker engine for the tests of the container where none runs and no hub can be reached (Debian 12, root).
#   eval "$(.ci/docker-engine.sh start)"   prints what the environment needs to use it; fails where it cannot be made
#   .ci/docker-engine.sh stop              ends an engine that `start` started
# State (about 3 GB) lies in $DOCKER_STATE, outside every build context. Idempotent; a warm start takes under a second.
set -eEuo pipefail
trap 'echo "failed: $BASH_COMMAND" >&2; [ -z "${started:-}" ] || kill "$started" 2>/dev/null || true' ERR
DOCKER_STATE=${DOCKER_STATE:-/var/tmp/headlight-docker}
BASE=debian:bookworm-slim

usable() { timeout 20 docker info && { docker image inspect $BASE || docker pull $BASE; }; } >/dev/null 2>&1

environment() {
  echo "export DOCKER_HOST=unix://$DOCKER_STATE/docker.sock DOCKER_CONFIG=$DOCKER_STATE/cfg"
  echo "export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=localhost"
}

install() {
  type dockerd iptables mmdebstrap xz >/dev/null 2>&1 && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables mmdebstrap xz-utils
}

# Compose v2 and buildx, from the packages of Debian's next release: unpacked, not installed.
plugins() {
  local mirror arch sum path deb
  [ -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ] && [ -x "$DOCKER_CONFIG/cli-plugins/docker-buildx" ] && return
  mirror=$(grep -rhE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE 'https?://[^ ]+' | grep -E '/debian/?$' | head -1 || true) # no sources.list is no error
  arch=$(dpkg --print-architecture)
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  curl -fsS "${mirror%/}/dists/trixie/main/binary-$arch/Packages.xz" | xz -dc |
    awk -v RS= '/^Package: (docker-compose|docker-buildx)\n/' | awk '/^Filename:/{f=$2} /^SHA256:/{s=$2} f&&s{print s,f; f=s=""}' |
    while read -r sum path; do
      deb=$DOCKER_STATE/${path##*/}
      curl -fsS -o "$deb" "${mirror%/}/$path"
      echo "$sum  $deb" | sha256sum -c --quiet
      dpkg-deb -x "$deb" "$DOCKER_STATE/plugins"
    done
  cp "$DOCKER_STATE"/plugins/usr/libexec/docker/cli-plugins/* "$DOCKER_CONFIG/cli-plugins/"
}

engine() {
  docker info >/dev/null 2>&1 && return
  setsid dockerd --data-root "$DOCKER_STATE/data" --exec-root "$DOCKER_STATE/run" -H "$DOCKER_HOST" \
    -p "$DOCKER_STATE/dockerd.pid" >"$DOCKER_STATE/dockerd.log" 2>&1 </dev/null &
  started=$! # ended again if what follows fails
  for _ in $(seq 100); do docker info >/dev/null 2>&1 && return; sleep .2; done
  tail -n 5 "$DOCKER_STATE/dockerd.log"
  return 1
}

# What the hub calls bookworm-slim: a minimal Debian without manuals and translations.
base_image() {
  docker image inspect $BASE >/dev/null 2>&1 && return
  mmdebstrap --quiet --variant=minbase --include=ca-certificates --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    bookworm "$DOCKER_STATE/base.tar"
  docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' -c 'CMD ["bash"]' \
    "$DOCKER_STATE/base.tar" $BASE
  rm "$DOCKER_STATE/base.tar"
}

case ${1:-} in
  start)
    usable && exit # an engine of the machine's own
    eval "$(environment)"
    mkdir -p "$DOCKER_STATE"
    { install; plugins; engine; base_image; } >&2
    environment
    ;;
  stop)
    [ -f "$DOCKER_STATE/dockerd.pid" ] || exit 0
    pid=$(cat "$DOCKER_STATE/dockerd.pid")
    kill "$pid" 2>/dev/null || exit 0
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep .2; done
    ;;
  *)
    echo "usage: $0 start|stop" >&2
    exit 2
    ;;
esac
