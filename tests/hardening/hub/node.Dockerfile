# Node.js below /usr/local with npm and yarn, as the images of Docker Hub have it.
ARG BASE
FROM ${BASE}
ARG MORE=""
ARG NPM=10.9.2
RUN apt-get update \
 && apt-get install -y --no-install-recommends nodejs ca-certificates ${MORE} \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node \
 && ln -s /usr/bin/node /usr/local/bin/node
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    NODE_VERSION=20.19.2
RUN set -eu; cd /tmp; \
    for p in "npm $NPM" "yarn 1.22.22"; do set -- $p; \
      node -e "fetch('https://registry.npmjs.org/$1/-/$1-$2.tgz').then(r=>r.arrayBuffer()).then(b=>require('fs').writeFileSync('p.tgz',Buffer.from(b)))"; \
      mkdir -p "/usr/local/lib/node_modules/$1"; \
      tar -xzf p.tgz --strip-components=1 --no-same-owner -C "/usr/local/lib/node_modules/$1"; rm p.tgz; \
    done; \
    ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm; \
    ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx; \
    ln -s ../lib/node_modules/yarn/bin/yarn.js /usr/local/bin/yarn; \
    chmod +x /usr/local/lib/node_modules/*/bin/*.js; npm --version
CMD ["node"]
