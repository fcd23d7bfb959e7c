import json

import gguf
import numpy as np
import pytest
from conftest import MODEL

from eval_predict.errors import UserError
from iwsi.gguf import CACHE, convert_gguf, gguf_folder
from iwsi.model_files import check_model
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model

TEXT_IDS = [[40, 100, 7, 300, 12, 55, 2, 400, 31, 8]]
TEMPLATE = "{% for message in messages %}<{{ message.content }}>{% endfor %}"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path, quantised=False)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    gguf_folder.cache_clear()
    return tmp_path / "cache"


@pytest.mark.parametrize("data", [b"", b"\3\0\0\0", b"\3\0\0\0" + b"\xff" * 16, b"\0" * 500])
def test_a_file_that_only_begins_as_gguf_is_one_line(tmp_path, data):
    (tmp_path / "cut.gguf").write_bytes(b"GGUF" + data)
    with pytest.raises(UserError, match=r"cut\.gguf") as caught:
        gguf_folder(tmp_path / "cut.gguf")
    assert "\n" not in str(caught.value)


def test_a_model_from_gguf_has_the_losses_of_the_model_it_was_made_from(file):
    ours, theirs = load_model(Model(gguf=str(file))), load_model(Model(name=str(MODEL)))
    # float16 has 11 bits: a weight is off by at most 1 part in 2,048.
    assert loss(ours) == pytest.approx(loss(theirs), rel=2e-3)


def test_weights_of_eight_bits_are_dequantised(tmp_path):
    write_gguf(tmp_path / "q8.gguf", quantised=True)
    ours = load_model(Model(gguf=str(tmp_path / "q8.gguf")))
    theirs = load_model(Model(name=str(MODEL)))
    assert loss(ours) == pytest.approx(loss(theirs), rel=0.05)
    assert not hasattr(ours.config, "quantization_config")


def test_tokens_chat_template_and_end_token_survive(file):
    tokenizer = load_tokenizer(Model(gguf=str(file)))
    turn = [{"role": "user", "content": "hello"}]
    theirs = load_tokenizer(Model(name=str(MODEL))).get_vocab()
    assert {token: tokenizer.get_vocab()[token] for token in theirs} == theirs
    assert tokenizer.apply_chat_template(turn, tokenize=False) == "<hello>"
    assert tokenizer.eos_token_id == 1
    assert tokenizer.decode(tokenizer("12 pens")["input_ids"]) == "12 pens"


@pytest.mark.parametrize(("stated", "first"), [(True, [1]), (False, [])])
def test_a_text_begins_with_the_token_that_the_file_states(tmp_path, stated, first):
    path = tmp_path / "bos.gguf"
    write_gguf(path, quantised=False, bos=stated)
    assert load_tokenizer(Model(gguf=str(path)))("")["input_ids"] == first


def test_each_digit_is_a_token_where_the_file_states_such_a_split(tmp_path):
    path = tmp_path / "digits.gguf"
    write_gguf(path, quantised=False, pre="smollm")
    backend = load_tokenizer(Model(gguf=str(path))).backend_tokenizer
    pieces = [piece for piece, _ in backend.pre_tokenizer.pre_tokenize_str("a  12")]
    assert pieces == ["a", "ĠĠ", "1", "2"]


def test_a_file_is_converted_once_however_it_is_called(file, tmp_path, cache):
    first = gguf_folder(file)
    made = (first / "config.json").stat().st_mtime_ns
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(file.read_bytes())
    assert gguf_folder(copy) == first
    assert (first / "config.json").stat().st_mtime_ns == made
    assert first.is_relative_to(cache)


def test_another_content_is_another_model(tmp_path):
    path = tmp_path / "model.gguf"
    write_gguf(path, quantised=False)
    first = gguf_folder(path)
    write_gguf(path, quantised=True)
    gguf_folder.cache_clear()  # a new process
    assert gguf_folder(path) != first


def test_a_file_that_is_no_gguf_file_is_refused(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(UserError, match="does not begin with GGUF"):
        check_model(Model(gguf=str(path)))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"model\.gguf: .*no such file"):
        load_tokenizer(Model(gguf=str(tmp_path / "none.gguf")))


def test_an_architecture_that_transformers_cannot_read_is_reported_in_one_line(tmp_path):
    path = tmp_path / "odd.gguf"
    writer = gguf.GGUFWriter(path, "no-such-architecture")
    close(writer)
    with pytest.raises(UserError, match=r"model\.gguf"):
        convert_gguf(path, tmp_path / "out")


def test_a_model_has_one_source():
    with pytest.raises(ValueError, match="one place"):
        Model(name="org/model", gguf="/model.gguf")
    with pytest.raises(ValueError, match="one place"):
        Model()


def loss(model):
    import torch

    with torch.inference_mode():
        ids = torch.tensor(TEXT_IDS)
        return float(model(input_ids=ids, labels=ids).loss)


def write_gguf(path, *, quantised, bos=False, pre=None):
    """The demo's model as llama.cpp stores it: names, rows of q and k in pairs, tied output."""
    config = json.loads((MODEL / "config.json").read_text())
    tokens = json.loads((MODEL / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(tokens["vocab"], key=tokens["vocab"].get))
    writer.add_token_types([3, 3] + [1] * (config["vocab_size"] - 2))  # two control tokens
    writer.add_token_merges([" ".join(pair) for pair in tokens["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_bos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(bos)
    if pre:
        writer.add_tokenizer_pre(pre)
    writer.add_chat_template(TEMPLATE)
    heads = config["num_attention_heads"]
    for name, tensor in load_model(Model(name=str(MODEL))).state_dict().items():
        if name != "lm_head.weight":
            add(writer, name, tensor.float().numpy(), heads, quantised=quantised)
    close(writer)


def add(writer, name, array, heads, *, quantised):
    if name.endswith(("q_proj.weight", "k_proj.weight")):
        halves = array.reshape(heads, 2, array.shape[0] // heads // 2, array.shape[1])
        array = np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(array.shape)
    kind = gguf.GGMLQuantizationType.Q8_0
    if quantised and array.ndim == 2 and array.shape[1] % 32 == 0:
        writer.add_tensor(gguf_name(name), gguf.quants.quantize(array, kind), raw_dtype=kind)
    else:
        writer.add_tensor(gguf_name(name), array)


def gguf_name(name):
    ends = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "post_attention_layernorm": "ffn_norm",
        "input_layernorm": "attn_norm",
        "model.layers": "blk",
    }
    for ours, theirs in ends.items():
        name = name.replace(ours, theirs)
    return name


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
