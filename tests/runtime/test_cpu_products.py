import copy

import pytest
import torch
from conftest import MODEL

from iwsi.runtime.cpu_products import LEAST_PRODUCTS, OneDnnLinear, use_onednn


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("width", "outputs"), [(300, 200), (200, 300), (500, 16), (16, 500)])
def test_products_and_gradients_are_those_of_double_precision(width, outputs, bias):
    torch.manual_seed(0)
    exact = torch.nn.Linear(width, outputs, bias=bias).double()
    ours = use_onednn(torch.nn.Sequential(copy.deepcopy(exact).float()))
    inputs = torch.randn(3, 70, width)
    assert inputs.numel() * outputs > LEAST_PRODUCTS
    found = []
    for layer, given in ((exact, inputs.double()), (ours[0], inputs.clone())):
        given.requires_grad_()
        output = layer(given)
        output.square().sum().backward()
        found.append([output, given.grad, *(weight.grad for weight in layer.parameters())])
    for right, got in zip(*found, strict=True):
        torch.testing.assert_close(got.double(), right, rtol=1e-4, atol=1e-4)


def test_frozen_weights_get_no_gradient():
    ours = use_onednn(torch.nn.Sequential(torch.nn.Linear(300, 200))).requires_grad_(False)
    inputs = torch.randn(70, 300, requires_grad=True)
    ours(inputs).sum().backward()
    assert inputs.grad is not None
    assert all(weight.grad is None for weight in ours.parameters())


def test_other_kinds_of_layers_and_numbers_stay_as_they_are():
    class CustomLinear(torch.nn.Linear):
        pass

    model = use_onednn(
        torch.nn.Sequential(CustomLinear(300, 200), torch.nn.Linear(300, 200).double())
    )
    assert [type(layer) for layer in model] == [CustomLinear, OneDnnLinear]
    inputs = torch.randn(70, 300, dtype=torch.float64)
    plain = torch.nn.functional.linear(inputs, model[1].weight, model[1].bias)
    torch.testing.assert_close(model[1](inputs), plain, rtol=0, atol=0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU layers stay as they are")
def test_a_loaded_model_gives_the_logits_of_transformers_own():
    from transformers import AutoModelForCausalLM

    from iwsi.models import load_model
    from iwsi.recipe import Model

    ours = load_model(Model(name=str(MODEL), dtype="float32"))
    assert type(ours.get_output_embeddings()) is OneDnnLinear
    stock = AutoModelForCausalLM.from_pretrained(MODEL).eval()
    ids = torch.arange(3, 203)[None]
    with torch.inference_mode():
        torch.testing.assert_close(ours(ids).logits, stock(ids).logits, rtol=0, atol=1e-3)
