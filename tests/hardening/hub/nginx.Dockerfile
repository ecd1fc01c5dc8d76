# nginx with its logs on standard output, as the images of Docker Hub have it.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light ca-certificates \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/default \
 && mkdir -p /usr/share/nginx/html /etc/nginx/conf.d \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log \
 && printf 'server {\n  listen 80;\n  root /usr/share/nginx/html;\n}\n' > /etc/nginx/conf.d/default.conf
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
