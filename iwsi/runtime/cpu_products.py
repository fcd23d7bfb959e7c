"""Linear layers on a CPU by oneDNN, PyTorch's other library of matrix products; imports torch.

For float32 PyTorch asks MKL, which reaches less than half of oneDNN's rate on a processor that is
not Intel's. Both compute in float32, so results differ by rounding alone.
"""

from functools import cache
from typing import Any

import torch

# Below so many multiplications preparing oneDNN's product takes longer than MKL's product.
LEAST_PRODUCTS = 2**20


class OneDnnLinear(torch.nn.Linear):
    """`torch.nn.Linear`, whose larger products in float32 on a CPU oneDNN computes."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The product of `torch.nn.Linear`, from shape (..., in) to (..., out)."""
        return linear(input, self.weight, self.bias)


def use_onednn(model: Any) -> Any:
    """Replace a model's linear layers by ones that oneDNN computes, where it can."""
    for module in model.modules():
        if type(module) is torch.nn.Linear:
            module.__class__ = OneDnnLinear
    return model


def linear(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """`torch.nn.functional.linear`, computed by oneDNN where that is faster."""
    both_f32 = input.dtype is torch.float32 and weight.dtype is torch.float32
    products = input.numel() * weight.shape[0]
    if input.device.type != "cpu" or not both_f32 or products < LEAST_PRODUCTS or not _built_in():
        return torch.nn.functional.linear(input, weight, bias)
    if torch.is_grad_enabled():
        output: torch.Tensor = _Linear.apply(input, weight, bias)  # type: ignore[no-untyped-call]  # torch's
        return output
    return _linear(input, weight, bias)


@cache
def _built_in() -> bool:
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch's
    return available and hasattr(torch.ops.mkldnn, "_linear_pointwise")


class _Linear(torch.autograd.Function):
    """The product with its gradients: oneDNN's operator has none of its own."""

    @staticmethod
    def forward(
        ctx: Any, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        ctx.save_for_backward(input, weight)
        return _linear(input, weight, bias)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        (grad,) = grads
        by_input, by_weight, by_bias = ctx.needs_input_grad
        rows_NO = grad.reshape(-1, grad.shape[-1])
        return (
            _linear(grad, weight.t(), None) if by_input else None,
            _by_weight(rows_NO, input.reshape(-1, input.shape[-1])) if by_weight else None,
            rows_NO.sum(dim=0) if by_bias else None,
        )


def _by_weight(grad_NO: torch.Tensor, input_NI: torch.Tensor) -> torch.Tensor:
    """The weight's gradient, shape (O, I); of an adapter's matrix one side is a small rank."""
    if grad_NO.shape[1] <= input_NI.shape[1]:  # the first argument is copied
        return _linear(grad_NO.t(), input_NI.t(), None)
    return _linear(input_NI.t(), grad_NO.t(), None).t()


def _linear(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    # oneDNN reads a transposed matrix as it lies; a copy costs a tenth of a small layer's product.
    weight = weight if weight.t().is_contiguous() else weight.contiguous()
    # An operator without a public name: torch.compile emits it for the same purpose.
    output: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
        input.contiguous(), weight, bias, "none", [], ""
    )
    return output
