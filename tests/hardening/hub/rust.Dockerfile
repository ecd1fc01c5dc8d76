# Rust with Cargo in the search path, as the images of Docker Hub have it.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends rustc cargo gcc libc6-dev ca-certificates git pkg-config \
 && rm -rf /var/lib/apt/lists/* && mkdir -p /usr/local/cargo && chmod 777 /usr/local/cargo
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV CARGO_HOME=/usr/local/cargo RUST_VERSION=1.85.0
