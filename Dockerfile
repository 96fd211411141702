# One image for server and clients: docker build -t ffmpeg-cluster . — see compose.yaml and docs/services.md.
ARG BUILD=docker.io/library/rust:1-slim-bookworm
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BUILD} AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package ffmpeg-cluster-server --package ffmpeg-cluster-client

FROM ${BASE}
# The distribution's own ffmpeg, with its updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data ffmpeg-cluster \
    && install -d -o ffmpeg-cluster -g ffmpeg-cluster -m 0700 /data /join
COPY --from=build /src/target/release/ffmpeg-cluster-server /src/target/release/ffmpeg-cluster-client /usr/local/bin/
USER 10001
WORKDIR /data
ENV FFMPEG_CLUSTER_WORK_DIR=/data
VOLUME /data
EXPOSE 5001
CMD ["ffmpeg-cluster-server"]
