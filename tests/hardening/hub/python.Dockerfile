# Python below /usr/local with pip, as the images of Docker Hub have it, from Debian's packages.
ARG BASE
FROM ${BASE} AS made
RUN apt-get update && apt-get install -y --no-install-recommends python3-dev python3-venv
RUN set -eu; v="$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
    mkdir -p /usr/local/bin /usr/local/lib /usr/local/include; \
    cp -a "/usr/lib/python$v" /usr/local/lib/; \
    rm -f "/usr/local/lib/python$v/EXTERNALLY-MANAGED"; \
    cp "/usr/bin/python$v" /usr/local/bin/; \
    ln -s "python$v" /usr/local/bin/python3; ln -s python3 /usr/local/bin/python; \
    cp -aL "/usr/include/python$v" /usr/local/include/; \
    for d in /usr/include/*/"python$v"; do \
      m="$(basename "$(dirname "$d")")"; mkdir -p "/usr/local/include/$m"; \
      cp -aL "$d" "/usr/local/include/$m/"; \
    done; \
    cd "/usr/local/lib/python$v"; \
    s=sysconfig/__init__.py; [ -f "$s" ] || s=sysconfig.py; \
    sed -i "s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" "$s"; \
    rm -rf dist-packages config-*/*.a; mkdir -p site-packages; ln -s site-packages dist-packages; \
    for w in /usr/share/python-wheels/pip-*.whl; do \
      PYTHONPATH="$w" /usr/local/bin/python3 -m pip install --no-index --no-cache-dir --ignore-installed \
        --find-links /usr/share/python-wheels pip setuptools; \
    done; \
    /usr/local/bin/pip --version; find /usr/local -name __pycache__ -prune -exec rm -r {} +

FROM ${BASE}
ARG MORE=""
RUN apt-get update \
 && apt-get install -y --no-install-recommends netbase ca-certificates libbz2-1.0 libdb5.3 \
      libexpat1 libffi8 liblzma5 libncursesw6 libreadline8 libsqlite3-0 libssl3 libuuid1 zlib1g ${MORE} \
 && rm -rf /var/lib/apt/lists/*
COPY --from=made /usr/local /usr/local
COPY --from=made /usr/share/python-wheels /usr/share/python-wheels
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ARG VERSION
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHON_VERSION=${VERSION} \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["python3"]
