# The bundle is built first, outside: `npm ci && npm run build`. It is the same for every architecture, so that the
# image is one layer on a base without shell, package manager or node_modules.
# The digest is that of the index of all architectures. The update bot moves it; `--build-arg BASE=…` takes another one.
ARG BASE=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:14d42e2511532589a7c7e01a753667a74fcc96266e137e8125006b87b0c32d0a
FROM ${BASE}

LABEL org.opencontainers.image.title="ankra-support-agent" \
      org.opencontainers.image.description="Watches a Kubernetes cluster for lasting failures and files exactly one support ticket for each" \
      org.opencontainers.image.licenses="Apache-2.0"

WORKDIR /app
COPY LICENSE THIRD_PARTY_NOTICES ./
COPY dist/ ./

# One heap of malloc for all threads: 10 MB less after the thread that composes has ended (docs/performance.md).
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
USER 65532:65532
EXPOSE 8080
# --optimize-for-size is not allowed in NODE_OPTIONS: 5 MB less at rest, 13 MB less after incidents, for 5 ms until a POST.
ENTRYPOINT ["/nodejs/bin/node", "--optimize-for-size", "/app/ankra-support-agent.mjs"]
CMD ["run"]
