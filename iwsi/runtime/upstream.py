"""Every private or undocumented name of another library that iwsi relies on.

Each entry says which version it was read in, why there is no public way, which test fails when it
changes, and when it can be dropped. `tests/runtime/test_upstream.py` checks that each name exists.
"""

from typing import NamedTuple


class PrivateName(NamedTuple):
    """A name that its library may change without notice.

    Attributes:
        library: the distribution.
        version: the version it was read and tested in.
        name: `module:attribute`, dotted.
        used_in: the module that uses it.
        why: what it does that no public name does.
        test: the test file that fails when its meaning changes.
        drop_when: what has to happen upstream.
    """

    library: str
    version: str
    name: str
    used_in: str
    why: str
    test: str
    drop_when: str


NAMES = (
    PrivateName(
        "torch",
        "2.13",
        "torch.ops.mkldnn:_linear_pointwise",
        "iwsi/runtime/cpu_products.py",
        "Calls oneDNN's matrix product for float32, which is twice as fast as MKL on AMD.",
        "tests/runtime/test_cpu_products.py",
        "torch chooses oneDNN for float32 linear layers itself.",
    ),
    PrivateName(
        "torch",
        "2.13",
        "torch.distributed.elastic.multiprocessing.errors:_FAILURE_FORMAT_TEMPLATE",
        "iwsi/train/launcher_errors.py",
        "Lists, on standard error alone, how each of several training processes ended.",
        "tests/train/test_launcher_errors.py",
        "the launcher gives its processes' exit codes to who started it.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers.generation:GenerationMixin._update_model_kwargs_for_generation",
        "iwsi/sample/decoding.py",
        "Moves position ids and masks on by one token for every model family.",
        "tests/sample/test_decoding.py",
        "generate() drops finished rows and shares a prompt among its answers.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:PreTrainedModel._is_stateful",
        "iwsi/sample/decoding.py",
        "Says that a model keeps a state outside of its cache, whose rows cannot be repeated.",
        "tests/test_families.py",
        "A model's state lies in its cache alone.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:PreTrainedModel._can_set_attn_implementation",
        "iwsi/vllm_families.py",
        "vLLM asks it whether it can run a model that it has no code for.",
        "tests/test_vllm_families.py",
        "vLLM names the models that it can run.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:PretrainedConfig._attn_implementation",
        "iwsi/scoring/few_shot_attention.py",
        "Switches a loaded model to another attention for one block of code, and back.",
        "tests/scoring/test_shared_prefix.py",
        "set_attn_implementation can be undone without loading the model again.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._set_signature_columns_if_needed",
        "iwsi/train/weighted.py",
        "Keeps the column of sample weights from being removed from the data set.",
        "tests/train/test_weighted.py",
        "TRL trains with weights of samples (huggingface/trl#5761).",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._signature_columns",
        "iwsi/train/weighted.py",
        "The list that the column of loss weights is added to.",
        "tests/train/test_weighted.py",
        "TRL trains with weights of samples (huggingface/trl#5761).",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._load_from_checkpoint",
        "iwsi/train/preference.py",
        "Loads the trained adapter where a checkpoint has the reference's beside it.",
        "tests/train/test_preference.py",
        "The Trainer loads all adapters of a checkpoint.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._finalize_training",
        "iwsi/train/order.py",
        "Ends what the trainer opened for an order of samples that is the same on any machine.",
        "tests/train/test_order.py",
        "The Trainer takes a sampler as an argument.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._get_train_sampler",
        "iwsi/train/order.py",
        "Gives optimizer steps the same samples on any number of processes.",
        "tests/train/test_order.py",
        "The Trainer takes a sampler as an argument.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._tr_loss",
        "iwsi/train/order.py",
        "Averages over the processes what was summed since the last line of the log.",
        "tests/train/test_launch.py",
        "The Trainer reduces its final loss over processes itself.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._total_loss_scalar",
        "iwsi/train/order.py",
        "Carries the summed loss over a restart; no checkpoint of the Trainer holds it.",
        "tests/train/test_checkpoints.py",
        "The Trainer saves its sums with a checkpoint.",
    ),
    PrivateName(
        "transformers",
        "5.19",
        "transformers:Trainer._initial_global_step",
        "iwsi/train/order.py",
        "Makes the mean loss after a restart one over all steps.",
        "tests/train/test_checkpoints.py",
        "The Trainer saves its sums with a checkpoint.",
    ),
    PrivateName(
        "trl",
        "1.16",
        "trl:SFTTrainer._total_train_tokens",
        "iwsi/train/order.py",
        "Carries the number of trained tokens over a restart.",
        "tests/train/test_checkpoints.py",
        "SFTTrainer saves its sums with a checkpoint.",
    ),
    PrivateName(
        "trl",
        "1.16",
        "trl.trainer.utils:_CHUNKED_LOGPROB_CHUNK_SIZE",
        "iwsi/train/order.py",
        "Holds fewer logits at a time: the size that TRL has suits a GPU.",
        "tests/train/test_sft.py",
        "TRL takes the size as an argument.",
    ),
    PrivateName(
        "trl",
        "1.16",
        "trl.trainer.utils:_use_triton",
        "iwsi/train/order.py",
        "Chooses the loss over tokens that are trained, also where there is no Triton.",
        "tests/train/test_sft.py",
        "TRL takes the choice as an argument.",
    ),
    PrivateName(
        "vllm",
        "0.32",
        "vllm:LLM.enqueue",
        "iwsi/sample/vllm.py",
        "Hands over one request at a time, so that a question leaves the batch when it is done.",
        "tests/sample/test_engines.py",
        "LLM.generate yields requests as they finish.",
    ),
    PrivateName(
        "vllm",
        "0.32",
        "vllm.config.lora:MaxLoRARanks",
        "iwsi/sample/engine.py",
        "Names the ranks that vLLM has kernels for; the list is repeated in our module.",
        "tests/sample/test_engines.py",
        "vLLM rounds a rank up by itself.",
    ),
)
