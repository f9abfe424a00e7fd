# The study in a container, its environment made by the same script and files as everywhere.
#
#   docker build -t muse .
#   docker run --rm -it -p 127.0.0.1:8888:8888 muse              # JupyterLab; open the link it prints
#   docker run --rm -v muse-results:/home/muse/study/results muse --scale smoke    # or any option
FROM python:3.11-slim-bookworm

# libgomp1: the package implicit needs it, and a slim image has none. git: run.json names the commit.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 muse

USER 1000
WORKDIR /home/muse/study

# The CPU build of torch; the usual one brings gigabytes for graphics cards (see constraints.txt).
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV MUSE_CONDA=no PIP_EXTRA_INDEX_URL=$TORCH_INDEX PIP_NO_CACHE_DIR=1

# What the environment follows from comes first, so that a change of code does not make it anew.
COPY --chown=1000:1000 pyproject.toml constraints.txt environment.yml README.md LICENSE ./
COPY --chown=1000:1000 scripts/environment.sh scripts/
COPY --chown=1000:1000 muse_lib/__init__.py muse_lib/
RUN ["bash", "-euo", "pipefail", "-c", "source scripts/environment.sh"]

COPY --chown=1000:1000 . .

# JupyterLab listens in the container, and asks for its token; the port is published by whoever runs it.
ENTRYPOINT ["./run_all.sh"]
CMD ["lab", "--no-browser", "--ServerApp.ip=0.0.0.0"]
