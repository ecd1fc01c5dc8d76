# A second copy of the authorities stays when ca-certificates is installed and makes its own.
ARG BASE
FROM ${BASE}
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY ca-certificates.crt /usr/local/share/ca-certificates/machine.crt
ENV SSL_CERT_FILE=/usr/local/share/ca-certificates/machine.crt \
    PIP_CERT=/usr/local/share/ca-certificates/machine.crt \
    REQUESTS_CA_BUNDLE=/usr/local/share/ca-certificates/machine.crt \
    NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/machine.crt
