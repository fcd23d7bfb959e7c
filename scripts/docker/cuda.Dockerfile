# iwsi with vLLM for NVIDIA GPUs. Needs a driver for CUDA 13 (r580) and the NVIDIA container toolkit.
# From the repository's root:
#   docker build -f scripts/docker/cuda.Dockerfile -t iwsi:cuda .
#   docker run --rm --gpus all --ipc host -v "$PWD:/work" iwsi:cuda run recipes/gsm8k.yaml
FROM nvidia/cuda:13.0.1-devel-ubuntu24.04

# The devel image has nvcc, which vLLM's and DeepSpeed's kernels compile with at first use.
# Versions of the distribution's packages are its release's; pinned ones vanish from its mirrors.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ ninja-build python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/iwsi
ENV PATH="/opt/iwsi/bin:$PATH"

COPY pyproject.toml README.md LICENSE /src/
COPY iwsi /src/iwsi
COPY eval_predict /src/eval_predict
COPY recipes /src/recipes

RUN pip install --no-cache-dir "/src[vllm,deepspeed]" \
    && rm -rf /src

RUN useradd --create-home --uid 1001 iwsi
USER 1001
WORKDIR /work
ENTRYPOINT ["iwsi"]
CMD ["--help"]
