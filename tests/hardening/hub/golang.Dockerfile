# Go below /usr/local/go, as the images of Docker Hub have it.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends golang-go gcc libc6-dev git ca-certificates make \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/lib/go /usr/local/go && mkdir -p /go/src /go/bin && chmod -R 777 /go
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV GOPATH=/go GOTOOLCHAIN=local GOLANG_VERSION=1.24.4 \
    PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /go
