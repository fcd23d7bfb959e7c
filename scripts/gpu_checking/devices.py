"""What the machine is, and how models come to lie on its GPU."""

import importlib.util
import subprocess
import sys
from unittest.mock import patch

from gpu_checking.registry import TINY, Check, Figures, Place, now, on_gpu, require


def machine(place: Place, figures: Figures) -> None:
    """Versions, memory as the driver and PyTorch give it, and the rates that bound all others."""
    import torch
    import transformers
    from check_gpu import problem
    from transformers.utils import is_flash_attn_2_available

    from iwsi.models import resolve_dtype
    from iwsi.pool.gpus import gpu_memory, visible_gpus
    from iwsi.recipe import Model

    figures["python"] = sys.version.split()[0]
    figures["torch"], figures["cuda"] = torch.__version__, torch.version.cuda
    figures["transformers"] = transformers.__version__
    figures["flash_attention_2"] = is_flash_attn_2_available()
    for name in ("trl", "peft", "vllm", "deepspeed", "bitsandbytes", "triton"):
        figures[name] = importlib.util.find_spec(name) is not None
    figures["dtype"] = str(resolve_dtype(Model(name=str(TINY))))
    figures["matrix_tflops"] = matrix_rate(place) / 1e12
    if not on_gpu():
        return
    figures["gpu"] = torch.cuda.get_device_name(0)
    figures["driver"] = _driver()
    figures["visible"], memory = visible_gpus(), gpu_memory()
    figures["memory_gib"] = [[round(part / 2**30, 2) for part in pair] for pair in memory]
    figures["copy_tb_per_s"] = _copy_rate() / 1e12
    figures["set_up"] = problem() or "no problem"
    require(len(memory) == len(visible_gpus()), "nvidia-smi does not say each GPU's memory")
    free, total = torch.cuda.mem_get_info()
    figures["pytorch_memory_gib"] = [round(free / 2**30, 2), round(total / 2**30, 2)]
    require(abs(memory[0][1] - total) < 2**30, "driver and PyTorch differ on the memory")
    require(figures["set_up"] == "no problem", figures["set_up"])


def matrix_rate(place: Place) -> float:
    """Operations a second of one large product in bfloat16."""
    import torch

    side = place.pick(8192, 256)
    where = "cuda" if on_gpu() else "cpu"
    left, right = (torch.randn(side, side, dtype=torch.bfloat16, device=where) for _ in range(2))
    out = torch.empty_like(left)
    return 2 * side**3 / _median(lambda: torch.mm(left, right, out=out))


def placement(place: Place, figures: Figures) -> None:
    """One GPU or a device map that accelerate fills give the same losses, read straight into it."""
    import torch

    from iwsi import models
    from iwsi.recipe import Model

    model = Model(name=str(TINY), dtype="float32")
    tokens = torch.arange(5, 29)[None].to(models.device())
    found = []
    for gpus in (1, 2):
        with patch.object(models, "gpus_for", return_value=gpus):
            loaded = models.load_model(model)
        figures[f"{gpus} gpus"] = str(getattr(loaded, "hf_device_map", None))
        figures[f"device {gpus}"] = str(loaded.device)
        with torch.inference_mode():
            found.append(loaded(tokens).logits)
    require(torch.allclose(found[0], found[1], atol=1e-4), "another placement, other logits")
    if on_gpu():
        require(all(logits.device.type == "cuda" for logits in found), "the model is on no GPU")


def attention(place: Place, figures: Figures) -> None:
    """The attention that transformers chooses, and eager, on the same tokens."""
    import torch

    from iwsi.models import device, load_model
    from iwsi.recipe import Model

    tokens = torch.arange(5, 69)[None].to(device())
    logits = {}
    for name in (None, "eager"):
        loaded = load_model(Model(name=str(TINY), dtype="float32"), attention=name)
        used = loaded.config._attn_implementation
        figures[str(name)] = used
        with torch.inference_mode():
            logits[used] = loaded(tokens).logits
    figures["largest_difference"] = float((logits["sdpa"] - logits["eager"]).abs().max())
    require(figures["largest_difference"] < 1e-3, "eager attention gives other logits")


def _median(work: object, times: int = 10) -> float:
    for _ in range(3):
        work()  # type: ignore[operator]
    took = []
    for _ in range(times):
        began = now()
        work()  # type: ignore[operator]
        took.append(now() - began)
    return sorted(took)[times // 2]


def _copy_rate() -> float:
    import torch

    source = torch.empty(2**32, dtype=torch.uint8, device="cuda").random_()
    target = torch.empty_like(source)
    return 2 * source.numel() / _median(lambda: target.copy_(source))


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


CHECKS = (
    Check("machine", "driver, PyTorch and set-up agree", machine, alone=True),
    Check("placement", "one GPU and a device map give the same logits", placement),
    Check("attention", "sdpa and eager attention give the same logits", attention),
)
