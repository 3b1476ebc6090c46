# Two images: `app` (the program, the last and so the default) and `meilisearch` (the official one, without root).
#
#   docker build -t cachhay .                              with PyTorch for the CPU
#   docker build -t cachhay --build-arg WITH_TORCH=0 .     without: the shipped embedding model needs none
#
# To pin an image by its digest: docker buildx imagetools inspect python:3.11-slim-bookworm, then
# --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:… (with compose: PYTHON_DIGEST and MEILI_DIGEST, see .env.example).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG MEILI_IMAGE=getmeili/meilisearch:v1.54.3


FROM ${PYTHON_IMAGE} AS builder
ARG WITH_TORCH=1
# Holds the CPU builds only; PyPI's Linux build brings gigabytes of CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV VENV=/opt/cachhay \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
# First what is depended on, by the same script and constraints as `make run`; this layer stays until they change.
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY tools/setup.sh tools/
COPY web/static/fonts/OFL.txt web/static/fonts/
COPY kb/papers/tables/LICENSE.places.txt kb/papers/tables/
RUN if [ "$WITH_TORCH" = 1 ]; then export PIP_EXTRA_INDEX_URL="$TORCH_INDEX"; want=models; else want=run; fi; \
    sh tools/setup.sh "$want" || { tail -n 40 "$VENV/setup.log" >&2; exit 1; }
# For vectors on Qdrant, where CACHHAY_QDRANT_URL names one.
RUN "$VENV/bin/pip" install --quiet --constraint constraints.txt httpx qdrant-client
# Then the program itself, as a package of its own and not a link to /src.
COPY vitext vitext/
COPY kb kb/
COPY indexer indexer/
COPY search_api search_api/
COPY web web/
COPY cachhay cachhay/
RUN "$VENV/bin/pip" install --quiet --no-deps . \
    && rm -f "$VENV/setup.log"
WORKDIR /
RUN "$VENV/bin/cachhay" --version


# The official image runs as root and owns /meili_data; a new volume takes the owner from this folder.
FROM ${MEILI_IMAGE} AS meilisearch
RUN mkdir -p /meili_data \
    && chown 10002:10002 /meili_data \
    && chmod 0750 /meili_data
COPY --chmod=0755 tools/run_meilisearch.sh /usr/local/bin/
USER 10002:10002
WORKDIR /meili_data
EXPOSE 7700
HEALTHCHECK --interval=15s --timeout=5s --start-period=2m --retries=4 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:7700/health"]
ENTRYPOINT ["/bin/sh", "/usr/local/bin/run_meilisearch.sh"]
CMD ["/bin/meilisearch"]


FROM ${PYTHON_IMAGE} AS app
LABEL org.opencontainers.image.title="Cách Hay" \
      org.opencontainers.image.licenses="Apache-2.0"
# A new volume takes owner and mode from the folder that it is mounted on, so these exist before.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-vie libarchive13 libreoffice-impress-nogui libreoffice-writer-nogui \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 cachhay \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/cachhay --shell /usr/sbin/nologin cachhay \
    && install -d /srv/corpus /srv/models /srv/keys \
    && install -d -o cachhay -g cachhay -m 0750 /var/lib/cachhay /srv/keys/search /srv/keys/admin
COPY --from=builder /opt/cachhay /opt/cachhay
# 0.0.0.0 is inside the container only: what is published, and where, is said by who runs it.
ENV PATH=/opt/cachhay/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CACHHAY_DATA_DIR=/var/lib/cachhay \
    CACHHAY_CORPUS_DIR=/srv/corpus \
    CACHHAY_HOST=0.0.0.0 \
    CACHHAY_PORT=8000 \
    HF_HOME=/var/lib/cachhay/huggingface \
    HF_HUB_DISABLE_TELEMETRY=1
USER 10001:10001
WORKDIR /var/lib/cachhay
EXPOSE 8000
# The first start indexes the whole corpus before it answers. Also 200 when Meilisearch is away: then the own index answers.
HEALTHCHECK --interval=15s --timeout=10s --start-period=15m --retries=4 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['CACHHAY_PORT']), timeout=8); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["cachhay"]
CMD ["serve", "--index"]
